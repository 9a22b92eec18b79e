/** A machine with one of everything, for tests of the simulated kernel and of what stands on it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { MachineDescription } from '../../src/simulator/machine.ts'
import { disk, endpoint, msix, nic, port, sriov } from '../../src/simulator/machines/rows.ts'
import { writeSysfsTree } from '../../src/simulator/tree.ts'
import type { BindOptions } from '../../src/vfio/driver.ts'

export const smallMachine: MachineDescription = {
  name: 'small',
  title: 'one of everything',
  cpuModel: 'Test CPU',
  cpuVendor: 'GenuineIntel',
  kernel: '6.12.0-test',
  nodes: [{ id: 0, cpuList: '0-3', memoryKiB: 4_194_304 }],
  iommu: 'dmar',
  roots: [{ domain: 0, bus: 0 }],
  functions: [
    endpoint('00:06.0', '1234:11e8', '00ff00', { pcie: false }),
    port('00:1c.0', '8086:a190', 'root', 1, 1, { numaNode: 0 }),
    endpoint('01:00.0', '10de:2204', '030000', { under: '00:1c.0', numaNode: 0, driver: 'nouveau' }),
    endpoint('01:00.1', '10de:1aef', '040300', {
      under: '00:1c.0',
      numaNode: 0,
      driver: 'snd_hda_intel',
      groupWith: '01:00.0',
    }),
    port('00:1c.1', '8086:a191', 'root', 2, 3, { numaNode: 0 }),
    endpoint('02:00.0', '8086:10c9', '020000', {
      under: '00:1c.1',
      numaNode: 0,
      driver: 'igb',
      flr: true,
      resetMethods: ['flr', 'bus'],
      msix: msix(10, 3, 0, 0x2000),
      serial: '52-54-00-ff-ff-12-34-56',
      sriov: sriov(4, 0, '10ca', 'igbvf', 128, 3),
    }),
    port('00:1c.2', '8086:a192', 'root', 4, 4, { numaNode: 0 }),
    endpoint('04:00.0', '144d:a80a', '010802', { under: '00:1c.2', driver: 'nvme' }),
    port('00:1c.3', '8086:a193', 'root', 5, 5, { numaNode: 0 }),
    endpoint('05:00.0', '144d:a80a', '010802', { under: '00:1c.3', driver: 'nvme', bound: false }),
  ],
  interfaces: [
    nic('eth0', '02:00.0', '52:54:00:12:34:56', { up: true, ipv4: '10.0.0.5/24', gateway: '10.0.0.1' }),
  ],
  blocks: [disk('nvme0n1', '04:00.0', 'nvme', 100, [['nvme0n1p1', 99]])],
  mounts: [{ source: 'nvme0n1p1', target: '/', type: 'ext4' }],
  swaps: [],
}

/** Trees are hundreds of tiny files: in memory where the system offers that. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A fresh folder, removed when the test ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(SCRATCH, 'berth-sim-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Writes the small machine, changed as asked, and gives its folder. */
export async function writeSmall(changes: Partial<MachineDescription> = {}): Promise<string> {
  const dir = join(scratch(), 'host')
  await writeSysfsTree(dir, { ...smallMachine, ...changes })
  return dir
}

export const quickly: BindOptions = {
  timeoutMs: 30,
  sleep: async () => {},
  loadModule: async () => {},
}
