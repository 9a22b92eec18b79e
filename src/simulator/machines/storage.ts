/** Disks in number: NVMe drives behind PCIe switches, two SAS HBAs, a bond; one drive holds the root file system. After a two-socket Xeon storage server. */
import type { MachineDescription, PciFunction } from '../machine.ts'
import { disk, endpoint, msix, nic, port, volume } from './rows.ts'
import { chipset, chipsetPort, stackPort } from './xeon-skylake.ts'

const hex = (bus: number): string => bus.toString(16).padStart(2, '0')
const SUPERMICRO = '15d9:0953'

const nvme = (
  address: string,
  id: string,
  under: string,
  numaNode: number,
  groupWith?: string,
): PciFunction =>
  endpoint(address, id, '010802', {
    under,
    numaNode,
    subsystem: '144d:a801',
    driver: 'nvme',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(130, 0, 0x3000, 0x2000),
    serial: '00-00-00-00-00-00-00-00',
    ...(groupWith === undefined ? {} : { groupWith }),
  })

/** Four drives behind a PEX switch: buses root+3 to root+6. */
function driveBay(root: number, numaNode: number): readonly PciFunction[] {
  const slot = `${hex(root)}:00.0`
  const upstream = `${hex(root + 1)}:00.0`
  const chip = { numaNode, revision: 'b0', subsystem: '1000:a064' }
  return [
    stackPort(hex(root), 0, root + 1, root + 6, numaNode),
    port(upstream, '1000:c010', 'upstream', root + 2, root + 6, { ...chip, under: slot }),
    ...[0, 1, 2, 3].flatMap((bay) => {
      const downstream = `${hex(root + 2)}:${hex(4 * bay)}.0`
      const bus = root + 3 + bay
      return [
        port(downstream, '1000:c010', 'downstream', bus, bus, { ...chip, under: upstream }),
        nvme(`${hex(bus)}:00.0`, '144d:a824', downstream, numaNode),
      ]
    }),
  ]
}

const hba = (address: string, under: string, numaNode: number): PciFunction =>
  endpoint(address, '1000:00e6', '010700', {
    under,
    numaNode,
    subsystem: '1000:4050',
    driver: 'mpt3sas',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(128, 0, 0x2000, 0x3000),
  })

const connectX5 = (fn: number): PciFunction =>
  endpoint(`5e:00.${fn}`, '15b3:1017', '020000', {
    under: '5d:00.0',
    numaNode: 0,
    subsystem: '15b3:0008',
    driver: 'mlx5_core',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(64, 0, 0x2000, 0x3000),
  })

/** The chipset's ports lack access control: the root drive and the spare NIC behind them end up in one group. */
const CHIPSET_SLOTS = [
  chipsetPort('00:1c.0', '8086:a190', 0x01, 0x01),
  nvme('01:00.0', '144d:a80a', '00:1c.0', 0, '00:1c.0'),
  chipsetPort('00:1c.1', '8086:a191', 0x02, 0x02, '00:1c.0'),
  endpoint('02:00.0', '8086:1533', '020000', {
    under: '00:1c.1',
    groupWith: '00:1c.0',
    numaNode: 0,
    revision: '03',
    subsystem: SUPERMICRO,
    driver: 'igb',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(5, 3, 0, 0x2000),
    serial: 'ac-1f-6b-ff-ff-02-00-01',
  }),
]

const BMC = [
  chipsetPort('00:1c.5', '8086:a193', 0x03, 0x04),
  port('03:00.0', '1a03:1150', 'pcie-to-pci', 0x04, 0x04, {
    under: '00:1c.5',
    numaNode: 0,
    revision: '04',
    driver: null,
    resetMethods: [],
  }),
  endpoint('04:00.0', '1a03:2000', '030000', {
    under: '03:00.0',
    groupWith: '03:00.0',
    numaNode: 0,
    revision: '41',
    subsystem: SUPERMICRO,
    driver: 'ast',
    pcie: false,
    bootVga: true,
  }),
]

const SAS_DISKS = ['a', 'b', 'c', 'd', 'e', 'f'] as const

export const storage: MachineDescription = {
  name: 'sim-storage',
  title: 'storage server: 9 NVMe drives, 2 SAS HBAs, bonded ConnectX-5 (simulated)',
  cpuModel: 'Intel(R) Xeon(R) Silver 4214 CPU @ 2.20GHz',
  cpuVendor: 'GenuineIntel',
  kernel: '6.12.0-sim-amd64',
  nodes: [
    { id: 0, cpuList: '0-11,24-35', memoryKiB: 67_108_864 },
    { id: 1, cpuList: '12-23,36-47', memoryKiB: 67_108_864 },
  ],
  iommu: 'dmar',
  roots: [0x00, 0x17, 0x3a, 0x5d, 0xae, 0xd7].map((bus) => ({ domain: 0, bus })),
  functions: [
    ...chipset(SUPERMICRO),
    ...CHIPSET_SLOTS,
    ...BMC,
    stackPort('17', 0, 0x18, 0x18, 0),
    hba('18:00.0', '17:00.0', 0),
    ...driveBay(0x3a, 0),
    stackPort('5d', 0, 0x5e, 0x5e, 0),
    connectX5(0),
    connectX5(1),
    stackPort('ae', 0, 0xaf, 0xaf, 1),
    hba('af:00.0', 'ae:00.0', 1),
    ...driveBay(0xd7, 1),
  ],
  interfaces: [
    nic('eno1', '02:00.0', 'ac:1f:6b:02:00:01'),
    nic('ens2f0', '5e:00.0', '50:6b:4b:5e:00:00', { up: true, master: 'bond0' }),
    nic('ens2f1', '5e:00.1', '50:6b:4b:5e:00:00', { up: true, master: 'bond0' }),
    nic('bond0', null, '50:6b:4b:5e:00:00', {
      kind: 'bond',
      up: true,
      ipv4: '10.20.0.14/24',
      gateway: '10.20.0.1',
    }),
  ],
  blocks: [
    disk('nvme0n1', '01:00.0', 'nvme', 894, [
      ['nvme0n1p1', 1],
      ['nvme0n1p2', 885],
      ['nvme0n1p3', 8],
    ]),
    ...['3d', '3e', '3f', '40', 'da', 'db', 'dc', 'dd'].map((bus, index) =>
      disk(`nvme${index + 1}n1`, `${bus}:00.0`, 'nvme', 3577),
    ),
    ...SAS_DISKS.map((letter) => disk(`sd${letter}`, '18:00.0', 'sas', 14_902)),
    volume(
      'md0',
      59_608,
      SAS_DISKS.map((letter) => `sd${letter}`),
    ),
    volume('dm-0', 3577, ['nvme1n1'], { name: 'fast', uuid: 'CRYPT-LUKS2-simulated-fast' }),
  ],
  mounts: [
    { source: 'nvme0n1p2', target: '/', type: 'ext4' },
    { source: 'nvme0n1p1', target: '/boot/efi', type: 'vfat' },
    { source: 'md0', target: '/srv/archive', type: 'xfs' },
    { source: 'dm-0', target: '/srv/fast', type: 'xfs' },
  ],
  swaps: ['nvme0n1p3'],
}
