/** Columns of `berth host list`. */
import type { HostSummary } from '../../view/documents.ts'
import type { List } from '../list/list.ts'
import { durationText, memoryText, shareText, timeText } from '../text/amounts.ts'

/** A simulated host says so wherever its name stands. */
export const driverText = (host: HostSummary): string => (host.simulated ? 'SIMULATED' : host.driver)

/** `heard`, `silent for 5m`, `not joined`; null where the host has none. */
export function agentText({ agent }: HostSummary): string | null {
  if (agent === null) return null
  if (agent.joinedAt === null) return 'not joined'
  return agent.silentSeconds === null ? 'heard' : `silent for ${durationText(agent.silentSeconds)}`
}

const free = (used: number, total: number | null): number | null => (total === null ? null : total - used)

export const HOST_LIST: List<HostSummary> = {
  columns: [
    { name: 'ID', width: 4, align: 'right', cell: (host) => host.id },
    { name: 'NAME', width: 16, shrinks: true, cell: (host) => host.name },
    { name: 'CLUSTER', width: 9, cell: (host) => host.cluster },
    { name: 'DRIVER', width: 9, cell: driverText },
    { name: 'STATE', width: 8, cell: (host) => host.state },
    { name: 'VMS', width: 3, align: 'right', cell: (host) => host.runningVms },
    {
      name: 'CPU',
      width: 14,
      align: 'right',
      cell: (host) => shareText(host.usedCpu, host.totalCpu, String),
      fact: (host) => host.usedCpu,
    },
    {
      name: 'MEM',
      width: 16,
      align: 'right',
      cell: (host) => shareText(host.usedMemoryMiB, host.totalMemoryMiB, memoryText),
      fact: (host) => host.usedMemoryMiB,
      memory: true,
    },
    {
      name: 'DEVICES',
      width: 7,
      align: 'right',
      cell: (host) => `${host.freeDevices}/${host.offeredDevices}`,
      fact: (host) => host.offeredDevices,
    },
    { name: 'FREE', width: 4, align: 'right', cell: (host) => host.freeDevices },
    {
      name: 'FREE_CPU',
      width: 8,
      align: 'right',
      cell: (host) => free(host.usedCpu, host.totalCpu),
    },
    {
      name: 'FREE_MEM',
      width: 8,
      align: 'right',
      cell: (host) => memoryText(free(host.usedMemoryMiB, host.totalMemoryMiB)),
      fact: (host) => free(host.usedMemoryMiB, host.totalMemoryMiB),
      memory: true,
    },
    {
      name: 'READY',
      width: 5,
      cell: (host) => (host.passthrough === null ? '-' : host.passthrough ? 'yes' : 'no'),
    },
    { name: 'REPORTED', width: 20, cell: (host) => timeText(host.reportedAt) },
    { name: 'AGENT', width: 15, cell: agentText },
    {
      name: 'HEARD',
      width: 20,
      cell: ({ agent }) => (agent === null ? null : timeText(agent.heardAt)),
    },
    { name: 'VERSION', width: 10, cell: ({ agent }) => agent?.version ?? null },
    { name: 'FAILURE', width: 20, shrinks: true, cell: (host) => host.failure },
  ],
  shown: ['ID', 'NAME', 'CLUSTER', 'DRIVER', 'STATE', 'READY', 'VMS', 'CPU', 'MEM', 'DEVICES'],
}
