/** `berth agent status` for people. */
import type { AgentStatus } from '../../model/agent-status.ts'
import { printable } from '../text/printable.ts'
import { page, section } from '../text/sections.ts'

export function statusText(status: AgentStatus): string {
  const { host, driver, server, uri, running, pid, cluster, state } = status
  const simulated = driver === 'simulator' ? ' (SIMULATED)' : ''
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['CONTROLLER', server],
    ['DATABASE', cluster],
    ['DRIVER', `${driver}${simulated}, ${uri}`],
    ['STATE', state],
    ['RUNNING', running ? `yes, process ${pid}` : 'no'],
    ['LAST HEARD', heard(status)],
    ['FILTER', status.settings?.filter ?? 'all devices'],
    ['TO BE TOLD', waiting(status)],
  ]
  const lines = facts.map(([name, value]) => `${name.padEnd(11)}: ${printable(value)}`)
  const orders = status.orders.map(
    ({ id, kind, about, attempt }) => `${kind} order ${id} for ${about}, attempt ${attempt}`,
  )
  return page([
    section(`AGENT OF HOST ${printable(host.name)} (ID ${host.id})`, ['', ...lines]),
    orders.length === 0 ? null : section('ORDERS UNDER WAY', ['', ...orders.map(printable)]),
  ])
}

const heard = ({ heardAt }: AgentStatus): string =>
  heardAt === null ? 'never' : new Date(heardAt).toISOString().replace(/\.\d+Z$/, 'Z')

function waiting({ waiting }: AgentStatus): string {
  const kinds = Object.entries(waiting).map(([kind, n]) => `${n} ${kind}`)
  return kinds.length === 0 ? 'nothing' : kinds.join(', ')
}
