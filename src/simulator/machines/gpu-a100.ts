/** Eight A100 with NVSwitches, after NVIDIA's DGX A100: bus numbers of GPUs, fabric NICs and their NUMA nodes as its user guide and `nvidia-smi topo -m` show them; the rest plausible. */
import type { MachineDescription, PciFunction } from '../machine.ts'
import { bmcDisplay, chipset, dieDevices, rootComplex, slotPort } from './epyc-rome.ts'
import { disk, endpoint, msix, nic, port, volume } from './rows.ts'

const hex = (bus: number): string => bus.toString(16).padStart(2, '0')

/** Root bus and NUMA node; with four nodes a socket the numbers run against each other. */
const ROOTS = [
  [0x00, 3],
  [0x20, 2],
  [0x40, 1],
  [0x60, 0],
  [0x80, 7],
  [0xa0, 5],
  [0xc0, 4],
  [0xe0, 6],
] as const

const a100 = (bus: number, under: string, numaNode: number): PciFunction =>
  endpoint(`${hex(bus)}:00.0`, '10de:20b2', '030200', {
    under,
    numaNode,
    revision: 'a1',
    subsystem: '10de:1463',
    driver: 'nvidia',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(6, 0, 0xb90000, 0xba0000),
  })

const connectX6 = (address: string, under: string, numaNode: number, cls = '020700'): PciFunction =>
  endpoint(address, '15b3:101b', cls, {
    under,
    numaNode,
    subsystem: '15b3:0007',
    driver: 'mlx5_core',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(64, 0, 0x2000, 0x3000),
  })

/** Samsung's data centre drives give every card the same serial number: zeros. */
const nvme = (bus: number, under: string, numaNode: number, id: string): PciFunction =>
  endpoint(`${hex(bus)}:00.0`, id, '010802', {
    under,
    numaNode,
    subsystem: '144d:a801',
    driver: 'nvme',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(130, 0, 0x3000, 0x2000),
    serial: '00-00-00-00-00-00-00-00',
  })

/** A PCIe switch below a root complex: upstream port, then a downstream port for each of the buses behind it. */
function behindSwitch(
  root: number,
  numaNode: number,
  buses: readonly number[],
  device: (bus: number, under: string) => PciFunction,
): readonly PciFunction[] {
  const last = buses.at(-1) ?? root + 2
  const slot = `${hex(root)}:01.1`
  const upstream = `${hex(root + 1)}:00.0`
  const chip = { numaNode, revision: 'b0', subsystem: '1000:a064' }
  return [
    slotPort(slot, root + 1, last, numaNode),
    port(upstream, '1000:c010', 'upstream', root + 2, last, { ...chip, under: slot }),
    ...buses.flatMap((bus, index) => {
      const downstream = `${hex(root + 2)}:${hex(4 * index)}.0`
      return [
        port(downstream, '1000:c010', 'downstream', bus, bus, { ...chip, under: upstream }),
        device(bus, downstream),
      ]
    }),
  ]
}

/** Two GPUs, two fabric NICs and a drive share each of four switches: [root, node, GPU, NVMe, NIC, GPU, NIC]. */
const QUADS = [
  [0x00, 3, 0x07, 0x08, 0x0c, 0x0f, 0x12],
  [0x40, 1, 0x47, 0x48, 0x4b, 0x4e, 0x54],
  [0x80, 7, 0x87, 0x88, 0x8d, 0x90, 0x94],
  [0xa0, 5, 0xb7, 0xb8, 0xba, 0xbd, 0xbe],
] as const

const quads = QUADS.flatMap(([root, node, gpu, drive, fabric, gpu2, fabric2]) =>
  behindSwitch(root, node, [gpu, drive, fabric, gpu2, fabric2], (bus, under) => {
    if (bus === gpu || bus === gpu2) return a100(bus, under, node)
    if (bus === drive) return nvme(bus, under, node, '144d:a824')
    return connectX6(`${hex(bus)}:00.0`, under, node)
  }),
)

const nvSwitches = behindSwitch(0xc0, 4, [0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9], (bus, under) =>
  endpoint(`${hex(bus)}:00.0`, '10de:1af1', '068000', {
    under,
    numaNode: 4,
    revision: 'a1',
    driver: 'nvidia-nvswitch',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(32, 0, 0x300000, 0x310000),
  }),
)

const BOOT = [
  slotPort('20:03.1', 0x22, 0x22, 2),
  nvme(0x22, '20:03.1', 2, '144d:a808'),
  slotPort('20:03.2', 0x23, 0x23, 2),
  nvme(0x23, '20:03.2', 2, '144d:a808'),
]

const STORAGE_NETWORK = [
  slotPort('60:03.1', 0x61, 0x61, 0),
  connectX6('61:00.0', '60:03.1', 0, '020000'),
  connectX6('61:00.1', '60:03.1', 0, '020000'),
]

const MANAGEMENT = [
  slotPort('e0:03.1', 0xe1, 0xe1, 6),
  connectX6('e1:00.0', 'e0:03.1', 6, '020000'),
  connectX6('e1:00.1', 'e0:03.1', 6, '020000'),
  slotPort('e0:05.1', 0xe2, 0xe2, 6),
  endpoint('e2:00.0', '8086:1533', '020000', {
    under: 'e0:05.1',
    numaNode: 6,
    revision: '03',
    subsystem: '8086:1533',
    driver: 'igb',
    flr: true,
    resetMethods: ['flr', 'bus'],
    msix: msix(5, 3, 0, 0x2000),
    serial: '5c-ff-35-ff-ff-e2-00-01',
  }),
  slotPort('e0:05.2', 0xe3, 0xe4, 6),
  ...bmcDisplay('e3:00.0', 'e4:00.0', 0xe4, 'e0:05.2', 6),
]

const FABRIC = ['0c', '12', '4b', '54', '8d', '94', 'ba', 'be']

export const gpuA100: MachineDescription = {
  name: 'sim-gpu-a100',
  title: 'GPU server: 8 A100, 6 NVSwitches, after an NVIDIA DGX A100 (simulated)',
  cpuModel: 'AMD EPYC 7742 64-Core Processor',
  cpuVendor: 'AuthenticAMD',
  kernel: '6.12.0-sim-amd64',
  nodes: Array.from({ length: 8 }, (_, id) => ({
    id,
    cpuList: `${16 * id}-${16 * id + 15},${128 + 16 * id}-${143 + 16 * id}`,
    memoryKiB: 134_217_728,
  })),
  iommu: 'ivhd',
  roots: ROOTS.map(([bus]) => ({ domain: 0, bus })),
  functions: [
    ...ROOTS.flatMap(([bus, node]) => rootComplex(bus, node)),
    ...chipset(3),
    ...dieDevices(0x20, 2),
    ...dieDevices(0xe0, 6),
    ...quads,
    ...BOOT,
    ...STORAGE_NETWORK,
    ...nvSwitches,
    ...MANAGEMENT,
  ],
  interfaces: [
    ...FABRIC.map((bus, index) =>
      nic(`ib${index}`, `${bus}:00.0`, `b8:ce:f6:00:00:${bus}`, { kind: 'infiniband' }),
    ),
    nic('enp97s0f0', '61:00.0', 'b8:ce:f6:10:61:00'),
    nic('enp97s0f1', '61:00.1', 'b8:ce:f6:10:61:01'),
    nic('enp225s0f0', 'e1:00.0', 'b8:ce:f6:10:e1:00', { up: true, master: 'br0' }),
    nic('enp225s0f1', 'e1:00.1', 'b8:ce:f6:10:e1:01'),
    nic('enp226s0', 'e2:00.0', '5c:ff:35:e2:00:01', {
      up: true,
      ipv4: '10.20.0.11/24',
      gateway: '10.20.0.1',
    }),
    nic('br0', null, 'b8:ce:f6:10:e1:00', { kind: 'bridge', up: true }),
  ],
  blocks: [
    disk('nvme0n1', '22:00.0', 'nvme', 1788, [
      ['nvme0n1p1', 1],
      ['nvme0n1p2', 1787],
    ]),
    disk('nvme1n1', '23:00.0', 'nvme', 1788, [
      ['nvme1n1p1', 1],
      ['nvme1n1p2', 1787],
    ]),
    ...['08', '48', '88', 'b8'].map((bus, index) => disk(`nvme${index + 2}n1`, `${bus}:00.0`, 'nvme', 3577)),
    volume('md0', 1787, ['nvme0n1p2', 'nvme1n1p2']),
  ],
  mounts: [
    { source: 'md0', target: '/', type: 'ext4' },
    { source: 'nvme0n1p1', target: '/boot/efi', type: 'vfat' },
  ],
  swaps: [],
}
