/** What makes VMs: `vm create`, and the options that it shares with `template instantiate`. */
import { type Command, Option } from 'commander'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { anyWholeNumber, type Cli, given, type JsonOption, leaf, print } from '../command.ts'
import { withTemplateFile } from '../template/file.ts'
import { type Followed, follow, tellFailure, type WaitOptions, waitOptions } from './follow.ts'
import { RUNNING } from './goals.ts'
import { outcomeLine } from './show.ts'

export interface NewVmOptions extends JsonOption, WaitOptions {
  readonly name?: string
  readonly hold?: true
  readonly priority?: number
  readonly owner?: string
}

export function newVmOptions(command: Command): Command {
  return waitOptions(command)
    .option('--name <name>', "the VM's name (default: the template's NAME)")
    .addOption(
      new Option('--hold', 'do not place it before `berth vm release`').conflicts(['wait', 'timeout']),
    )
    .option('--priority <n>', 'VMs with a higher one are placed first (default: 0)', anyWholeNumber)
    .option('--owner <user>', 'whose it is to be; operators only (default: the one of your token)')
}

export function createCommand(group: Command, cli: Cli): void {
  const create = leaf(
    group.command('create').description('create a VM from a template file; it waits to be placed'),
    ['vm create gpu.template --name train-1', 'vm create - --hold < gpu.template'],
  ).argument('<file>', 'a template in OpenNebula syntax, - = standard input')
  newVmOptions(create).action(async (file: string, options: NewVmOptions) => {
    const { name, hold, priority, owner } = options
    const vm = await withTemplateFile(cli.ports, file, (template) =>
      callApi<VmView>(cli.ports, 'POST', apiPath('vms'), given({ template, name, hold, priority, owner })),
    )
    if (!options.wait) return print(cli, options, vm, ({ id }) => `ID: ${id}\n`)
    const [followed] = await followNew(cli, [vm], options, ({ id }) => `ID: ${id}\n`)
    if (followed && options.json) print(cli, options, followed, outcomeLine)
  })
}

/**
 * Tells the ids of VMs that were just made, then, one after another, what became of each. Gives the VMs as they are then, for
 * `--json`, which tells nothing before.
 */
export async function followNew(
  cli: Cli,
  vms: readonly VmView[],
  options: NewVmOptions,
  idLine: (vm: VmView) => string,
): Promise<readonly VmView[]> {
  if (!options.json) for (const vm of vms) cli.ports.stdout(idLine(vm))
  const all: VmView[] = []
  const began = cli.ports.now()
  for (const vm of vms) {
    const followed = await follow(cli, vm, RUNNING, { ...options, began })
    all.push(followed.vm)
    tellNew(cli, followed, options)
  }
  return all
}

function tellNew(cli: Cli, followed: Followed, { json }: NewVmOptions): void {
  if (followed.failure === null && !json) cli.ports.stdout(outcomeLine(followed.vm))
  tellFailure(cli, followed)
}
