/** A small machine for tests that need a real tree: a GPU with its audio function in one group, and a NIC. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MachineDescription, PciFunction } from '../../src/simulator/machine.ts'
import { writeSysfsTree } from '../../src/simulator/tree.ts'
import { addressOf } from './orders.ts'

function pciFunction(address: string, change: Partial<PciFunction>): PciFunction {
  return {
    address: addressOf(address),
    id: '10de:20b0',
    class: '030200',
    subsystem: null,
    revision: 'a1',
    under: null,
    numaNode: 0,
    driver: null,
    bound: true,
    groupWith: null,
    bridge: null,
    pcie: true,
    flr: true,
    resetMethods: ['flr'],
    msix: null,
    serial: null,
    sriov: null,
    bootVga: false,
    ...change,
  }
}

export const SMALL_MACHINE: MachineDescription = {
  name: 'small',
  title: 'a small machine',
  cpuModel: 'Test CPU',
  cpuVendor: 'GenuineIntel',
  kernel: '6.12.0',
  nodes: [{ id: 0, cpuList: '0-3', memoryKiB: 16_777_216 }],
  iommu: 'dmar',
  roots: [{ domain: 0, bus: 0 }],
  functions: [
    pciFunction('00:03.0', { id: '8086:10d3', class: '020000', driver: 'e1000e' }),
    pciFunction('00:08.0', { driver: 'nvidia' }),
    pciFunction('00:08.1', {
      id: '10de:1aef',
      class: '040300',
      driver: 'snd_hda_intel',
      groupWith: addressOf('00:08.0'),
    }),
  ],
  interfaces: [],
  blocks: [],
  mounts: [],
  swaps: [],
}

/** The folder of a new simulated host. */
export async function smallHost(): Promise<string> {
  const dir = join(mkdtempSync(join(tmpdir(), 'berth-host-')), 'host')
  await writeSysfsTree(dir, SMALL_MACHINE, 'boot-1')
  return dir
}
