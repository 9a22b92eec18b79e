/** A waiting VM's message: its hosts' reasons in one line, and what would help where Berth knows it. */
import { listVms } from '../../view/list-vms.ts'
import { cannotDispatch } from '../../view/refusal.ts'
import { orderThatFits } from '../pci/other-order.ts'
import type { Refusals } from './choose.ts'
import type { Cluster } from './cluster.ts'
import type { Reason } from './fit.ts'
import { NO_AFFINITY } from './groups.ts'
import type { HostState } from './host-state.ts'
import type { Job } from './job.ts'
import { type PciReason, pciReason } from './pci-reason.ts'

/** OpenNebula keeps it in the VM's template and shows it in lists. */
const LONGEST = 500

type Words = Exclude<Reason, 'pci'> | PciReason

/** In the order in which a host is checked. */
const WORDS: Readonly<Record<Words, string>> = {
  'host-state': 'host not monitored',
  affinity: 'VM group affinity not met',
  cpu: 'not enough CPU',
  memory: 'not enough memory',
  'no-such-device': 'no such PCI device',
  'not-enough-free': 'not enough free PCI devices',
  'other-order': 'PCI devices fit only in another order of the PCI blocks',
  combination: 'PCI requests not possible together',
  numa: 'CPU pinning or NUMA node not possible',
  'dispatch-limit': 'limit of new VMs for one host and cycle reached',
  datastore: 'no system datastore with enough space',
  network: 'no virtual network with a free lease',
  'group-room': 'no room for all VMs that must be on one host',
}

const ORDER = Object.keys(WORDS)

/** One line. PCI blocks are counted from 0, as OpenNebula's PCI_ID counts them. */
export function refusalText(cluster: Cluster, job: Job, refusals: Refusals): string {
  const counts = new Map<Words, number>()
  const count = (words: Words, hosts: number) => counts.set(words, (counts.get(words) ?? 0) + hosts)
  let advice = ''
  let hostCount = 0
  for (const [reason, hosts] of refusals) {
    hostCount += hosts.length
    if (reason === 'group-room') advice ||= matesText(cluster, job)
    if (reason !== 'pci') {
      count(reason, hosts.length)
      continue
    }
    for (const state of hosts) {
      const pci = pciReason(state.pci, job.ask, cluster.orders)
      count(pci, 1)
      if (advice === '' && pci === 'other-order') advice = adviceFor(job, state)
    }
  }
  const inOrder = [...counts].sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
  const summary = cannotDispatch(
    inOrder.map(([words, hosts]) => [WORDS[words], hosts]),
    hostCount,
  )
  return oneLine(summary + advice)
}

function adviceFor({ ask }: Job, { host, pci }: HostState): string {
  const blocks = orderThatFits(pci, ask)?.map((block) => `PCI ${block}`)
  if (blocks === undefined) return ''
  return `. OpenNebula gives the blocks, in the template's order, the first free device that fits: written in the order ${blocks.join(', ')} they would fit on host ${host.id}`
}

function matesText(cluster: Cluster, job: Job): string {
  const { together } = cluster.affinities.get(job.vm.id) ?? NO_AFFINITY
  const mates = [...together].filter((vm) => vm !== job.vm.id && cluster.waiting.get(vm)?.flaw === null)
  return `. With it on one host: ${listVms(mates)}`
}

/** Without line ends and control characters, which would end or garble the line of the protocol. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 3)}...`
}
