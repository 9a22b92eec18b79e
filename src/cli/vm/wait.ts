/** `berth vm wait`: until a VM is in a state, with its steps as they happen. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { VM_STATES, type VmState } from '../../model/vm.ts'
import type { VmWait } from '../../view/documents.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { inState } from './goals.ts'
import { outcomeLine } from './show.ts'
import { readVm, watchVm, withProgress } from './watch.ts'

interface WaitOptions extends JsonOption {
  readonly for: VmState
  /** Seconds. */
  readonly timeout: number
}

export function waitCommand(group: Command, cli: Cli): void {
  leaf(group.command('wait').description('wait until a VM is in a state, with its steps as they happen'), [
    'vm wait train-1 --for running',
    'vm wait 5 --for done --timeout 30s',
  ])
    .argument('<vm>', 'id or name', nameArgument)
    .addOption(
      new Option('--for <state>', `one of ${VM_STATES.join(', ').toLowerCase()}`)
        .argParser(stateArgument)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--timeout <time>', 'give up after so long: 90, 90s, 5m, 2h')
        .argParser(secondsArgument)
        .default(300, '5m'),
    )
    .action(async (vm: string, options: WaitOptions) => {
      const waited = await waitForVm(cli, vm, options.for, options.timeout)
      if (waited.reached || options.json) print(cli, options, waited, ({ vm: view }) => outcomeLine(view))
      if (waited.reached) return
      cli.ports.stderr(`berth: not ${options.for} after ${options.timeout} s: ${outcomeLine(waited.vm)}`)
      cli.finish(FAILURE)
    })
}

/** ApiRefusal `wait-hopeless` where only somebody's word could get it there, and what GET /v1/vms/:vm/wait refuses. */
async function waitForVm(cli: Cli, reference: string, state: VmState, seconds: number): Promise<VmWait> {
  const deadline = cli.ports.now() + seconds * 1000
  const first = await readVm(cli, reference)
  const { vm, verdict } = await withProgress(cli, first.history.length, (progress) =>
    watchVm(cli, first, inState(state), deadline, progress),
  )
  return { reached: verdict === 'reached', for: state, vm }
}

function stateArgument(text: string): VmState {
  const state = VM_STATES.find((one) => one === text.toUpperCase())
  if (state !== undefined) return state
  throw new InvalidArgumentError(`It must be one of ${VM_STATES.join(', ').toLowerCase()}.`)
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

function secondsArgument(text: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('It must be a time, such as 90, 90s, 5m or 2h.')
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1)
}
