/** `berth vm wait`: until a VM is in a state; on a terminal its steps as they happen. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { VM_STATES, type VmState } from '../../model/vm.ts'
import type { VmView, VmWait } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, type JsonOption, leaf, nameArgument, print } from '../command.ts'
import { FAILURE } from '../failure.ts'
import { printable } from '../text/printable.ts'
import { outcomeLine } from './show.ts'

interface WaitOptions extends JsonOption {
  readonly for: VmState
  /** Seconds. */
  readonly timeout: number
}

/** Seconds of one request: less than a client waits for an answer. */
const LONGEST_REQUEST_S = 20

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

/**
 * Waits until the VM is in that state, `seconds` at most; on a terminal what happens to it goes to standard error, a line each.
 * ApiRefusal `wait-hopeless` where only somebody's word could get it there, and what GET /v1/vms/:vm/wait refuses.
 */
export async function waitForVm(cli: Cli, vm: string, goal: VmState, seconds: number): Promise<VmWait> {
  const until = Date.now() + seconds * 1000
  const tells = cli.ports.isTty
  const before = tells ? await callApi<VmView>(cli.ports, 'GET', apiPath('vms', vm)) : null
  let told = before?.history.length ?? 0
  // Once it is done it goes by its id only.
  let reference = before === null ? vm : String(before.id)
  for (;;) {
    const left = Math.max(0, until - Date.now()) / 1000
    const query = new URLSearchParams({
      for: goal,
      timeout: Math.min(left, LONGEST_REQUEST_S).toFixed(3),
      ...(tells && { seen: String(told) }),
    })
    const waited = await callApi<VmWait>(cli.ports, 'GET', `${apiPath('vms', reference, 'wait')}?${query}`)
    reference = String(waited.vm.id)
    if (tells) told = tellSteps(cli, waited.vm, told)
    if (waited.reached || Date.now() >= until) return waited
  }
}

/** Those behind the first `told`; gives how many there are. */
function tellSteps(cli: Cli, { history }: VmView, told: number): number {
  for (const { what } of history.slice(told)) cli.ports.stderr(`${printable(what)}\n`)
  return history.length
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
