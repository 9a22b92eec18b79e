/** Commands that move a VM through its life; each says where it stands afterwards. */
import { type Command, Option } from 'commander'
import type { VmState } from '../../model/vm.ts'
import type { VmView } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, print, wholeNumber } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { changeAndFollow, tellFailure, type WaitOptions, waitOptions } from './follow.ts'
import { ENDED, type Goal, PLACED, RUNNING, STOPPED } from './goals.ts'
import { outcomeLine } from './show.ts'

interface EndOptions extends JsonOption, WaitOptions {
  readonly hard?: true
  readonly grace?: number
}

interface Change {
  readonly name: 'hold' | 'release' | 'start'
  readonly summary: string
}

const CHANGES: readonly Change[] = [
  { name: 'hold', summary: 'keep a waiting VM from being placed' },
  { name: 'release', summary: 'let a held VM be placed' },
  { name: 'start', summary: 'place a stopped VM again' },
]

const vmArgument = (command: Command): Command => command.argument('<vm>', 'id or name', nameArgument)

async function change(cli: Cli, vm: string, verb: string, body: unknown): Promise<VmView> {
  return callApi<VmView>(cli.ports, 'POST', apiPath('vms', vm, verb), body)
}

/** Where the VM stands after the change; with `--wait`, when it is where the change leads. */
async function changeTo(
  cli: Cli,
  goal: Goal,
  vm: string,
  verb: string,
  body: unknown,
  options: JsonOption & WaitOptions,
): Promise<void> {
  const work = () => change(cli, vm, verb, body)
  const followed = await changeAndFollow(cli, vm, options, work, () => goal)
  if (followed.failure === null || options.json) print(cli, options, followed.vm, outcomeLine)
  tellFailure(cli, followed)
}

function stopCommand(group: Command, cli: Cli): void {
  const stop = vmArgument(
    leaf(
      group.command('stop').description('shut a VM down and give its devices back; start places it anew'),
      ['vm stop train-1', 'vm stop 5 --grace 120 --wait'],
    ),
  )
  waitOptions(stop)
    .option('--hard', 'do not ask the guest, end it at once')
    .addOption(
      new Option('--grace <seconds>', 'time for the guest to shut down before it is ended')
        .argParser(wholeNumber(0))
        .conflicts('hard'),
    )
    .action(async (vm: string, options: EndOptions) => {
      const body = given({ hard: options.hard, graceSeconds: options.grace })
      await changeTo(cli, STOPPED, vm, 'stop', body, options)
    })
}

const DEPLOYED: ReadonlySet<VmState> = new Set(['BOOT', 'RUNNING'])

function deployCommand(group: Command, cli: Cli): void {
  const deploy = vmArgument(
    leaf(group.command('deploy').description('place a waiting VM on this host now'), [
      'vm deploy train-1 kvm-a',
    ]),
  )
  waitOptions(deploy)
    .argument('<host>', 'id or name', nameArgument)
    .action(async (vm: string, host: string, options: JsonOption & WaitOptions) => {
      if (options.wait) return changeTo(cli, PLACED, vm, 'deploy', { host }, options)
      const view = await change(cli, vm, 'deploy', { host })
      const deployed = DEPLOYED.has(view.state)
      if (deployed || options.json) print(cli, options, view, outcomeLine)
      if (deployed) return
      cli.ports.stderr(`berth: not deployed: ${outcomeLine(view)}`)
      cli.finish(FAILURE)
    })
}

function terminateCommand(group: Command, cli: Cli): void {
  const terminate = vmArgument(
    leaf(group.command('terminate').description('end a VM for good and give its devices back'), [
      'vm terminate train-1',
    ]),
  )
  waitOptions(terminate)
    .option('--hard', 'do not ask the guest, end it at once')
    .action((vm: string, options: EndOptions) =>
      changeTo(cli, ENDED, vm, 'terminate', given({ hard: options.hard }), options),
    )
}

export function changeCommands(group: Command, cli: Cli): void {
  for (const { name, summary } of CHANGES) {
    const command = vmArgument(leaf(group.command(name).description(summary), [`vm ${name} train-1`]))
    if (name === 'start') waitOptions(command)
    command.action((vm: string, options: JsonOption & WaitOptions) =>
      changeTo(cli, RUNNING, vm, name, undefined, options),
    )
  }
  stopCommand(group, cli)
  terminateCommand(group, cli)
  deployCommand(group, cli)
}
