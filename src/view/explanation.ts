/** Which hosts could take a VM and why the others cannot: `explain`, `template check` and `template fit`, from what the scheduler judged. */
import type { HostsRefusal, SnapshotHost } from '../model/snapshot.ts'
import type { Vm, VmState } from '../model/vm.ts'
import type { Explanation, HostReason, TemplateCheck, TemplateFit } from './documents.ts'
import { refusalMessage, waitingMessage } from './refusal.ts'
import { isoTime } from './time.ts'

type Named = Pick<SnapshotHost, 'id' | 'name'>

/** One reason for each refused host, by host id. Hosts in the same state share one refusal until here. */
export function hostReasons(
  hosts: readonly Named[],
  refusals: readonly HostsRefusal[],
): readonly HostReason[] {
  const names = new Map(hosts.map(({ id, name }) => [id, name]))
  return refusals
    .flatMap(({ hosts: ids, refusal }) => {
      const message = refusalMessage(refusal)
      return ids.map((host) => ({
        host,
        hostName: names.get(host) ?? `${host}`,
        code: refusal.code,
        message,
      }))
    })
    .sort((a, b) => a.host - b.host)
}

/** Whether the scheduler would look for a host: only then is there something to judge. */
export function isWaiting(state: VmState): boolean {
  return state === 'PENDING' || state === 'HOLD'
}

/**
 * `berth explain VM`. `hosts` are all hosts, `refusals` what the scheduler said of those that cannot take it (both
 * empty where the VM does not wait for one). `now` in ms since the epoch.
 */
export function explanation(
  vm: Vm,
  hosts: readonly Named[],
  refusals: readonly HostsRefusal[],
  now: number,
): Explanation {
  const reasons = hostReasons(hosts, refusals)
  const refused = new Set(reasons.map(({ host }) => host))
  const fitting = hosts
    .filter(({ id }) => !refused.has(id))
    .map(({ id, name }) => ({ host: id, hostName: name }))
    .sort((a, b) => a.host - b.host)
  const message = isWaiting(vm.state)
    ? waitingWords(vm, hosts.length, fitting.length, refusals, now)
    : settledWords(vm)
  return { vm: vm.id, state: vm.state, reasons, fitting, smallest: null, considered: 0, message }
}

function waitingWords(
  vm: Vm,
  hosts: number,
  fitting: number,
  refusals: readonly HostsRefusal[],
  now: number,
): string {
  const where =
    fitting === 0
      ? waitingMessage({ refusals }, hosts)
      : `${fitting} of ${hosts} ${hosts === 1 ? 'host' : 'hosts'} could take it now`
  if (vm.state === 'HOLD') return `on hold until it is released; ${where}`
  if (vm.notBefore <= now) return where
  const last = vm.message === null ? '' : ` (${vm.message})`
  return `not placed again before ${isoTime(vm.notBefore)}${last}; ${where}`
}

function settledWords(vm: Vm): string {
  const words = `it is ${vm.state} and waits for no host`
  return vm.message === null ? words : `${words}: ${vm.message}`
}

/** `template check`: `ever` and `now` are the refusals of an empty cluster and of the cluster as it stands. */
export function templateCheck(
  hosts: readonly Named[],
  ever: readonly HostsRefusal[],
  now: readonly HostsRefusal[],
): TemplateCheck {
  return {
    valid: true,
    hosts: hosts.length,
    ever: hosts.length - refusedBy(ever),
    now: hosts.length - refusedBy(now),
    reasons: hostReasons(hosts, now),
  }
}

/** `template fit`: `byHost` = how many VMs each host got; `refusals` of the next one, empty where it would fit. */
export function templateFit(
  hosts: readonly Named[],
  found: {
    readonly byHost: ReadonlyMap<number, number>
    readonly more: boolean
    readonly refusals: readonly HostsRefusal[]
  },
  asked: { readonly limit: number; readonly afterWaiting: boolean },
): TemplateFit {
  const taking = hosts
    .map(({ id, name }) => ({ host: id, hostName: name, count: found.byHost.get(id) ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.host - b.host)
  return {
    count: taking.reduce((sum, { count }) => sum + count, 0),
    more: found.more,
    ...asked,
    hosts: taking,
    reasons: hostReasons(hosts, found.refusals),
  }
}

function refusedBy(refusals: readonly HostsRefusal[]): number {
  return refusals.reduce((sum, { hosts }) => sum + hosts.length, 0)
}
