/** What makes VMs: `vm create`, and the options that it shares with `template instantiate`. */
import type { Command } from 'commander'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { anyWholeNumber, type Cli, given, type JsonOption, leaf, print } from '../command.ts'
import { withTemplateFile } from '../template/file.ts'

export interface NewVmOptions extends JsonOption {
  readonly name?: string
  readonly hold?: true
  readonly priority?: number
  readonly owner?: string
}

export function newVmOptions(command: Command): Command {
  return command
    .option('--name <name>', "the VM's name (default: the template's NAME)")
    .option('--hold', 'do not place it before `berth vm release`')
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
    print(cli, options, vm, ({ id }) => `ID: ${id}\n`)
  })
}
