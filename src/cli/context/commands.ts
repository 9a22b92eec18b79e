/** `berth context`: the servers that this person's commands go to. */
import type { Command } from 'commander'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { type ListOptions, listOptions, printList } from '../list/list.ts'
import { printable } from '../text/printable.ts'
import { addCommand } from './add.ts'
import { contextNamed, LOCAL, withCurrent, withoutContext } from './contexts.ts'
import { shownContext } from './shown.ts'
import { CONTEXT_LIST, contextText, contextView, contextViews } from './view.ts'

export function contextCommands(group: Command, cli: Cli): void {
  addCommand(group, cli)

  const list = leaf(group.command('list').description('list the contexts; * = in use'), ['context list'])
  listOptions(list, CONTEXT_LIST).action((options: ListOptions) =>
    printList(cli, CONTEXT_LIST, contextViews(cli.ports.contexts.read()), options),
  )

  leaf(group.command('use').description('send every command there from now on; local = this machine'), [
    'context use lab',
    'context use local',
  ])
    .argument('<name>', 'a context, or local', nameArgument)
    .action((name: string, options: JsonOption) => {
      const { contexts } = cli.ports
      contexts.write(withCurrent(contexts.read(), name))
      print(cli, options, shownContext(cli, name), ({ because }) => usedText(name, because))
    })

  leaf(group.command('show').description('show where commands go, and why; or one context'), [
    'context show',
    'context show lab',
  ])
    .argument('[name]', 'a context, or local', nameArgument)
    .action((name: string | undefined, options: JsonOption) =>
      print(cli, options, shownContext(cli, name ?? null), contextText),
    )

  leaf(group.command('delete').description('forget a context and its token'), ['context delete lab'])
    .argument('<name>', 'a context', nameArgument)
    .action((name: string, options: JsonOption) => {
      const { contexts } = cli.ports
      const before = contexts.read()
      contexts.write(withoutContext(before, name))
      const context = contextView(name, contextNamed(before, name), false)
      print(cli, options, { ...context, because: null }, () =>
        before.current === name ? 'commands go to this machine from now on\n' : '',
      )
    })
}

/** What stands in the environment is not changed by a file. */
function usedText(name: string, because: string | null): string {
  if (because !== null) return `commands go to ${printable(name === LOCAL ? 'this machine' : name)}\n`
  return `${printable(name)} is in use, but BERTH_SERVER, BERTH_CONTEXT or BERTH_DB is set: commands go there (\`berth context show\`)\n`
}
