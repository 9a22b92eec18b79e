/** Manual pages from the tree of commands: `berth(1)` lists them, `berth-vm(1)` tells all of one group. */
import type { Command, Option } from 'commander'
import { paragraph, quoted, roff, tagged, verbatim } from './roff.ts'

/** A group of commands, or a command that stands alone. */
export interface GroupHelp {
  readonly name: string
  readonly heading: string
  readonly summary: string
  /** What it says itself, where it reads its own arguments; null = it is in the tree. */
  readonly help: string | null
}

export interface ManualDates {
  readonly version: string
  /** `2026-11-21`. */
  readonly date: string
}

function title(name: string, { version, date }: ManualDates): string {
  return `.TH ${quoted(name.toUpperCase())} 1 "${date}" ${quoted(`berth ${version}`)} "User Commands"`
}

const section = (name: string, body: string): string =>
  body === '' ? '' : `.SH ${name}\n${body.replace(/^\.PP\n/, '')}`

const joined = (parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n')}\n`

function options(list: readonly Option[]): string {
  return list
    .filter(({ hidden }) => !hidden)
    .map((option) => {
      const choices = option.argChoices === undefined ? '' : ` (one of ${option.argChoices.join(', ')})`
      return tagged(option.flags, `${option.description}${choices}`)
    })
    .join('\n')
}

/** Arguments with what they are; nothing where none says more than its name. */
function operands(command: Command): string {
  return command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((argument) =>
      tagged(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`, argument.description),
    )
    .join('\n')
}

/** What help says after the options: examples, columns, exit status. */
function after(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  const help = command.helpInformation()
  return text.startsWith(help) ? text.slice(help.length).trim() : ''
}

const usage = (path: string, command: Command): string => `${path} ${command.usage()}`

/** One command of a group. */
function leafText(path: string, command: Command): string {
  const more = after(command)
  return [
    `.SS ${quoted(usage(path, command))}`,
    paragraph(command.description() || command.summary()),
    operands(command),
    options(command.options),
    more === '' ? '' : verbatim(more),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** `berth-NAME.1`. `command` = its part of the tree, with its commands loaded. */
export function groupPage(group: GroupHelp, command: Command, dates: ManualDates): string {
  const name = `berth-${group.name}`
  const path = `berth ${group.name}`
  const head = [title(name, dates), section('NAME', `${roff(name)} \\- ${roff(group.summary)}`)]
  const tail = section('SEE ALSO', '.BR berth (1)')
  if (group.help !== null) return joined([...head, section('DESCRIPTION', verbatim(group.help)), tail])
  if (command.commands.length === 0)
    return joined([
      ...head,
      section('SYNOPSIS', `.B ${quoted(usage(path, command))}`),
      section('DESCRIPTION', paragraph(command.description() || group.summary)),
      section(
        'OPTIONS',
        [operands(command), options(command.options)].filter((part) => part !== '').join('\n'),
      ),
      section('NOTES', after(command) === '' ? '' : verbatim(after(command))),
      tail,
    ])
  const leaves = command.commands.map((leaf) => leafText(`${path} ${leaf.name()}`, leaf))
  return joined([
    ...head,
    section('SYNOPSIS', `.B ${quoted(`${path} COMMAND [options]`)}`),
    section('COMMANDS', leaves.join('\n')),
    tail,
  ])
}

/** `berth.1`. */
export function rootPage(root: Command, groups: readonly GroupHelp[], dates: ManualDates): string {
  const headings = [...new Set(groups.map(({ heading }) => heading))]
  const commands = headings.map((heading) => {
    const below = groups.filter((group) => group.heading === heading)
    const rows = below.map(({ name, summary }) => tagged(`berth ${name}`, `${summary}; see berth-${name}(1)`))
    return [`.SS ${quoted(heading.replace(/:$/, ''))}`, ...rows].join('\n')
  })
  return joined([
    title('berth', dates),
    section('NAME', 'berth \\- gives physical PCI devices to virtual machines'),
    section('SYNOPSIS', `.B ${quoted('berth [options] COMMAND [options]')}`),
    section('DESCRIPTION', paragraph(root.description())),
    section('OPTIONS', options(root.options)),
    section('COMMANDS', commands.join('\n')),
    section('NOTES', verbatim(after(root))),
  ])
}
