/** `berth host show` as text: OpenNebula's sections, its table of PCI devices to the character. */
import type { DeviceView, HostView, OrphanDomain } from '../../view/documents.ts'
import { PCI_COLUMNS, USB_COLUMNS, warningsOf } from '../device/columns.ts'
import { memoryText, timeText } from '../text/amounts.ts'
import { printable } from '../text/printable.ts'
import { fieldLine, page, section, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'
import { agentText } from './columns.ts'

function information(host: HostView): string {
  return section(`HOST ${host.id} INFORMATION`, [
    fieldLine(['ID', host.id]),
    fieldLine(['NAME', host.name]),
    fieldLine(['CLUSTER', host.cluster]),
    fieldLine(['STATE', host.state]),
    fieldLine(['DRIVER', host.simulated ? `${host.driver}, SIMULATED: no machine behind it` : host.driver]),
    fieldLine(['URI', host.uri]),
    ...agentLines(host),
    fieldLine(['FILTER', host.filter ?? 'none, all devices are offered']),
    fieldLine(['KERNEL', host.capacity && `${host.capacity.kernel} (${host.capacity.arch})`]),
    fieldLine(['HYPERVISOR', host.capacity && (host.capacity.hypervisor ?? 'none found')]),
    fieldLine(['LAST REPORT', host.reportedAt === null ? 'never' : timeText(host.reportedAt)]),
    ...(host.failure === null ? [] : [fieldLine(['FAILURE', host.failure])]),
  ])
}

function agentLines(host: HostView): readonly string[] {
  const { agent } = host
  if (agent === null) return []
  if (agent.joinedAt === null) return [fieldLine(['AGENT', 'none has joined yet'])]
  const version = agent.version === null ? 'has not said hello yet' : `version ${agent.version}`
  const heard = agent.heardAt === null ? 'never heard' : `last heard ${timeText(agent.heardAt)}`
  const silent = agent.silentSeconds === null ? [] : [agentText(host) ?? '']
  const compared = agent.compared ? [] : ['its whole report is awaited']
  return [
    fieldLine(['AGENT', [version, heard, ...silent, ...(silent.length === 0 ? compared : [])].join(', ')]),
    fieldLine(['JOINED', timeText(agent.joinedAt)]),
  ]
}

function shares(host: HostView): string {
  const offered = host.devices.filter((device) => device.offered)
  const count = (fits: (device: DeviceView) => boolean): number => offered.filter(fits).length
  const unusable = count(({ state, vm }) => state !== 'free' && vm === null)
  const list = `berth device list --host ${host.id} -f 'STATE!=free' -l ADDR,STATE,WHY`
  return section('HOST SHARES', [
    fieldLine(['RUNNING VMS', host.runningVms]),
    'MEMORY',
    fieldLine(['  TOTAL', memoryText(host.totalMemoryMiB)]),
    fieldLine(['  USED (ALLOCATED)', memoryText(host.usedMemoryMiB)]),
    'CPU',
    fieldLine(['  TOTAL', host.totalCpu]),
    fieldLine(['  USED (ALLOCATED)', host.usedCpu]),
    'DEVICES OFFERED',
    fieldLine(['  TOTAL', offered.length]),
    fieldLine(['  FREE', count(({ state }) => state === 'free')]),
    fieldLine(['  HELD BY VMS', count(({ vm }) => vm !== null)]),
    fieldLine(['  NOT TO BE GIVEN', unusable === 0 ? 0 : `${unusable}, why: ${list}`]),
  ])
}

/** How many devices it would be worth looking at, and the command that shows them. */
function warnings({ id, devices }: HostView): readonly string[] {
  const warned = devices.filter((device) => device.offered && warningsOf(device) > 0).length
  if (warned === 0) return []
  const list = `berth device list --host ${id} -f 'WARNINGS>0' -l ADDR,NAME,DIAGNOSIS`
  return [fieldLine(['WARNINGS', `${warned} ${warned === 1 ? 'device' : 'devices'}, see: ${list}`])]
}

function readiness(host: HostView): string {
  const { passthrough, reason } = host.readiness
  const answer = passthrough ? 'ready' : 'not ready'
  return section('READINESS', [
    fieldLine(['PASSTHROUGH', reason === null ? answer : `${answer}: ${reason}`]),
    ...(host.readiness.checks ?? []).filter(isTold).map(checkLine),
    ...warnings(host),
  ])
}

type CheckView = NonNullable<HostView['readiness']['checks']>[number]

/** What is in order, or is not known, is left to `berth doctor`. */
const isTold = ({ status }: CheckView): boolean => status === 'missing' || status === 'warning'

function checkLine({ id, status, evidence }: CheckView): string {
  return fieldLine([`  ${id}`, `${status}: ${evidence}`])
}

function attributes(host: HostView): string | null {
  const lines = Object.entries(host.attributes).map(([name, value]) => printable(`${name}="${value}"`))
  return lines.length === 0 ? null : section('ATTRIBUTES', lines)
}

const ORPHANS: readonly TableColumn<OrphanDomain>[] = [
  { name: 'VM', width: 5, align: 'right', cell: (orphan) => orphan.vm },
  { name: 'EPOCH', width: 5, align: 'right', cell: (orphan) => orphan.epoch },
  { name: 'DOMAIN', width: 16, cell: (orphan) => orphan.name },
  { name: 'UUID', width: 36, cell: (orphan) => orphan.uuid },
  { name: 'DATABASE', width: 8, cell: (orphan) => orphan.database ?? 'this' },
]

function orphans(host: HostView): string | null {
  if (host.orphans.length === 0) return null
  return tableSection(
    'ORPHANS (Berth domains that this database does not know; they keep their devices and are never destroyed by Berth)',
    tableText(ORPHANS, host.orphans, null),
  )
}

function drift(host: HostView): string | null {
  if (host.drift.length === 0) return null
  return section(`DRIFT (\`berth drift ${host.id}\` compares anew, \`--repair\` mends what can be)`, [
    ...host.drift.map(({ message }) => printable(message)),
  ])
}

function numaNodes(host: HostView): string | null {
  const nodes = host.capacity?.numaNodes ?? []
  if (nodes.length === 0) return null
  const columns: readonly TableColumn<(typeof nodes)[number]>[] = [
    { name: 'ID', width: 4, align: 'right', cell: (node) => node.id },
    { name: 'CPUS', width: 4, align: 'right', cell: (node) => node.cpus },
    { name: 'MEMORY', width: 8, align: 'right', cell: (node) => memoryText(node.memoryKiB / 1024) },
  ]
  return tableSection('NUMA NODES', tableText(columns, nodes, null))
}

function notOffered(devices: readonly DeviceView[]): string {
  const table = devices.length === 0 ? 'none is stored' : tableText(PCI_COLUMNS, devices, null)
  return tableSection('PCI DEVICES NOT OFFERED', table)
}

/** Hubs are never given: with `all` only. */
function usb({ usb: devices }: HostView, all: boolean): string | null {
  const shown = all ? devices : devices.filter(({ hub }) => !hub)
  return shown.length === 0 ? null : tableSection('USB DEVICES', tableText(USB_COLUMNS, shown, null))
}

/** With `all`, a second table holds the devices that are not offered. */
export function hostText(host: HostView, all: boolean): string {
  const offered = host.devices.filter((device) => device.offered)
  const rest = host.devices.filter((device) => !device.offered)
  return page([
    information(host),
    shares(host),
    readiness(host),
    attributes(host),
    tableSection('PCI DEVICES', tableText(PCI_COLUMNS, offered, null)),
    all ? notOffered(rest) : null,
    usb(host, all),
    orphans(host),
    drift(host),
    numaNodes(host),
  ])
}
