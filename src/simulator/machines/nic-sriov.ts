/** Network cards with virtual functions: Intel E810 and Mellanox ConnectX-6 Dx in a two-socket Xeon server (such as Dell R740). */
import type { MachineDescription, NetworkInterface, PciFunction, Sriov } from '../machine.ts'
import { disk, endpoint, msix, nic, port, sriov } from './rows.ts'
import { chipset, chipsetPort, stackPort } from './xeon-skylake.ts'

const DELL = '1028:0716'

/** Two ports; all functions of the card share its serial number. */
function e810(bus: string, under: string, numaNode: number, numVfs: number): readonly PciFunction[] {
  const pf = (fn: number, vfs: Sriov) =>
    endpoint(`${bus}:00.${fn}`, '8086:1592', '020000', {
      under,
      numaNode,
      revision: '02',
      subsystem: '8086:0002',
      driver: 'ice',
      flr: true,
      resetMethods: ['flr', 'bus'],
      msix: msix(1024, 3, 0, 0x8000),
      serial: `b4-96-91-ff-ff-${bus}-00-10`,
      sriov: vfs,
    })
  return [pf(0, sriov(128, numVfs, '1889', 'iavf', 8, 17)), pf(1, sriov(128, 0, '1889', 'iavf', 135, 17))]
}

function connectX6Dx(bus: string, under: string, numaNode: number, numVfs: number): readonly PciFunction[] {
  const pf = (fn: number, vfs: Sriov) =>
    endpoint(`${bus}:00.${fn}`, '15b3:101d', '020000', {
      under,
      numaNode,
      subsystem: '15b3:0016',
      driver: 'mlx5_core',
      flr: true,
      resetMethods: ['flr', 'bus'],
      msix: msix(64, 0, 0x2000, 0x3000),
      sriov: vfs,
    })
  return [pf(0, sriov(8, numVfs, '101e', 'mlx5_core', 2, 12)), pf(1, sriov(8, 0, '101e', 'mlx5_core', 9, 12))]
}

const i350 = (fn: number): PciFunction =>
  endpoint(`01:00.${fn}`, '8086:1521', '020000', {
    under: '00:1c.0',
    numaNode: 0,
    revision: '01',
    subsystem: '1028:1f9a',
    driver: 'igb',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(10, 3, 0, 0x2000),
    serial: 'e4-43-4b-ff-ff-01-00-20',
    sriov: sriov(7, 0, '1520', 'igbvf', 128, 3),
  })

const MATROX = [
  chipsetPort('00:1c.4', '8086:a194', 0x02, 0x03),
  port('02:00.0', '1556:be00', 'pcie-to-pci', 0x03, 0x03, {
    under: '00:1c.4',
    numaNode: 0,
    revision: '02',
    driver: null,
    resetMethods: [],
  }),
  endpoint('03:00.0', '102b:0536', '030000', {
    under: '02:00.0',
    groupWith: '02:00.0',
    numaNode: 0,
    revision: '04',
    subsystem: DELL,
    driver: 'mgag200',
    pcie: false,
    bootVga: true,
  }),
]

const ports = (names: readonly (readonly [string, string, string])[]): readonly NetworkInterface[] =>
  names.map(([name, address, mac]) => nic(name, address, mac))

export const nicSriov: MachineDescription = {
  name: 'sim-nic',
  title: 'network server: Intel E810 and ConnectX-6 Dx with virtual functions (simulated)',
  cpuModel: 'Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz',
  cpuVendor: 'GenuineIntel',
  kernel: '6.12.0-sim-amd64',
  nodes: [
    { id: 0, cpuList: '0-19,40-59', memoryKiB: 100_663_296 },
    { id: 1, cpuList: '20-39,60-79', memoryKiB: 100_663_296 },
  ],
  iommu: 'dmar',
  roots: [0x00, 0x3a, 0xae, 0xd7].map((bus) => ({ domain: 0, bus })),
  functions: [
    ...chipset(DELL),
    chipsetPort('00:1c.0', '8086:a190', 0x01, 0x01),
    ...[0, 1, 2, 3].map(i350),
    ...MATROX,
    stackPort('3a', 0, 0x3b, 0x3b, 0),
    ...e810('3b', '3a:00.0', 0, 8),
    stackPort('ae', 0, 0xaf, 0xaf, 1),
    ...connectX6Dx('af', 'ae:00.0', 1, 4),
    stackPort('d7', 0, 0xd8, 0xd8, 1),
    ...e810('d8', 'd7:00.0', 1, 0),
  ],
  interfaces: [
    nic('eno1', '01:00.0', 'e4:43:4b:01:00:20', { up: true, ipv4: '10.20.0.13/24', gateway: '10.20.0.1' }),
    nic('eno2', '01:00.1', 'e4:43:4b:01:00:21', { up: true, master: 'br0' }),
    // The ports whose VFs are on the network are up, without an address of their own.
    nic('ens1f0', '3b:00.0', 'b4:96:91:3b:00:10', { up: true }),
    nic('ens5f0np0', 'af:00.0', '04:3f:72:af:00:00', { up: true }),
    ...ports([
      ['eno3', '01:00.2', 'e4:43:4b:01:00:22'],
      ['eno4', '01:00.3', 'e4:43:4b:01:00:23'],
      ['ens1f1', '3b:00.1', 'b4:96:91:3b:00:11'],
      ['ens5f1np1', 'af:00.1', '04:3f:72:af:00:01'],
      ['ens7f0', 'd8:00.0', 'b4:96:91:d8:00:10'],
      ['ens7f1', 'd8:00.1', 'b4:96:91:d8:00:11'],
    ]),
    nic('br0', null, 'e4:43:4b:01:00:21', { kind: 'bridge', up: true }),
  ],
  blocks: [
    disk('sda', '00:17.0', 'sata', 447, [
      ['sda1', 1],
      ['sda2', 438],
      ['sda3', 8],
    ]),
  ],
  mounts: [
    { source: 'sda2', target: '/', type: 'ext4' },
    { source: 'sda1', target: '/boot/efi', type: 'vfat' },
  ],
  swaps: ['sda3'],
}
