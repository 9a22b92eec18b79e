/** Eight graphics cards, four of them with an audio function in their group, after a rendering server with two EPYC 7002 (such as ASUS ESC8000A). */
import type { MachineDescription, PciFunction } from '../machine.ts'
import { bmcDisplay, chipset, dieDevices, rootComplex, slotPort } from './epyc-rome.ts'
import { at, disk, endpoint, msix, nic, plugged, sriov, volume } from './rows.ts'

const hex = (bus: number): string => bus.toString(16).padStart(2, '0')

const ROOTS = [
  [0x00, 0],
  [0x20, 0],
  [0x40, 0],
  [0x60, 0],
  [0x80, 1],
  [0xa0, 1],
  [0xc0, 1],
  [0xe0, 1],
] as const

/** Display and audio are functions of one slot, without access control between them: one group. */
function rtx3090(root: number, numaNode: number): readonly PciFunction[] {
  const bus = hex(root + 1)
  const under = `${hex(root)}:01.1`
  const card = { under, numaNode, revision: 'a1', subsystem: '10de:147d' }
  return [
    slotPort(under, root + 1, root + 1, numaNode),
    endpoint(`${bus}:00.0`, '10de:2204', '030000', { ...card, driver: 'nvidia', resetMethods: ['bus'] }),
    endpoint(`${bus}:00.1`, '10de:1aef', '040300', {
      ...card,
      driver: 'snd_hda_intel',
      groupWith: `${bus}:00.0`,
      resetMethods: ['bus'],
    }),
  ]
}

function a10(root: number, numaNode: number): readonly PciFunction[] {
  const under = `${hex(root)}:01.1`
  return [
    slotPort(under, root + 1, root + 1, numaNode),
    endpoint(`${hex(root + 1)}:00.0`, '10de:2236', '030200', {
      under,
      numaNode,
      revision: 'a1',
      subsystem: '10de:1482',
      driver: 'nvidia',
      flr: true,
      resetMethods: ['flr', 'bus'],
      msix: msix(6, 0, 0xb90000, 0xba0000),
      sriov: sriov(32, 0, '2236', 'nvidia', 4, 3),
    }),
  ]
}

const NETWORK_CARD = {
  under: '60:03.1',
  numaNode: 0,
  revision: '02',
  subsystem: '8086:0007',
  driver: 'i40e',
  flr: true,
  resetMethods: ['flr', 'bus'],
  msix: msix(129, 3, 0, 0x1000),
  serial: '3c-fd-fe-ff-ff-62-00-01',
}

/** Two licence dongles that nothing but their ports tells apart, a stick that the host has mounted, the management processor's keyboard. */
const USB = [
  {
    on: at('7e:00.3'),
    bus: 1,
    speed: 480,
    devices: [
      plugged('1-1', 2, '046b:ff10', {
        manufacturer: 'American Megatrends Inc.',
        product: 'Virtual Keyboard and Mouse',
        interfaceClass: '03',
        driver: 'usbhid',
      }),
      plugged('1-3', 3, '0529:0001', {
        manufacturer: 'AKS',
        product: 'HASP HL 3.25',
        release: '0325',
        speed: 12,
      }),
      plugged('1-4', 4, '0529:0001', {
        manufacturer: 'AKS',
        product: 'HASP HL 3.25',
        release: '0325',
        speed: 12,
      }),
    ],
  },
  {
    on: at('7e:00.3'),
    bus: 2,
    speed: 10000,
    devices: [
      plugged('2-1', 2, '0781:5581', {
        manufacturer: 'SanDisk',
        product: 'Ultra',
        serial: '4C530001120523115291',
        speed: 5000,
        interfaceClass: '08',
        driver: 'usb-storage',
      }),
    ],
  },
]

export const gpuRender: MachineDescription = {
  name: 'sim-gpu-render',
  title: 'rendering server: 4 GeForce RTX 3090 with audio, 4 A10 (simulated)',
  cpuModel: 'AMD EPYC 7402 24-Core Processor',
  cpuVendor: 'AuthenticAMD',
  kernel: '6.12.0-sim-amd64',
  nodes: [
    { id: 0, cpuList: '0-23,48-71', memoryKiB: 268_435_456 },
    { id: 1, cpuList: '24-47,72-95', memoryKiB: 268_435_456 },
  ],
  iommu: 'ivhd',
  roots: ROOTS.map(([bus]) => ({ domain: 0, bus })),
  functions: [
    ...ROOTS.flatMap(([bus, node]) => rootComplex(bus, node)),
    ...chipset(0),
    ...dieDevices(0x60, 0),
    ...rtx3090(0x00, 0),
    ...rtx3090(0x20, 0),
    ...rtx3090(0x40, 0),
    slotPort('40:03.1', 0x42, 0x42, 0),
    endpoint('42:00.0', '144d:a80a', '010802', {
      under: '40:03.1',
      numaNode: 0,
      subsystem: '144d:a801',
      driver: 'nvme',
      flr: true,
      resetMethods: ['flr', 'bus'],
      msix: msix(130, 0, 0x3000, 0x2000),
    }),
    ...rtx3090(0x60, 0),
    slotPort('60:03.1', 0x62, 0x62, 0),
    endpoint('62:00.0', '8086:1572', '020000', {
      ...NETWORK_CARD,
      sriov: sriov(64, 0, '154c', 'iavf', 16, 5),
    }),
    endpoint('62:00.1', '8086:1572', '020000', {
      ...NETWORK_CARD,
      sriov: sriov(64, 0, '154c', 'iavf', 79, 5),
    }),
    ...a10(0x80, 1),
    ...a10(0xa0, 1),
    ...a10(0xc0, 1),
    ...a10(0xe0, 1),
    slotPort('e0:05.2', 0xe2, 0xe3, 1),
    ...bmcDisplay('e2:00.0', 'e3:00.0', 0xe3, 'e0:05.2', 1),
  ],
  interfaces: [
    nic('eno1', '62:00.0', '3c:fd:fe:62:00:01', { up: true, master: 'br0' }),
    nic('eno2', '62:00.1', '3c:fd:fe:62:00:02'),
    nic('br0', null, '3c:fd:fe:62:00:01', {
      kind: 'bridge',
      up: true,
      ipv4: '10.20.0.12/24',
      gateway: '10.20.0.1',
    }),
  ],
  blocks: [
    disk('nvme0n1', '42:00.0', 'nvme', 1788, [
      ['nvme0n1p1', 1],
      ['nvme0n1p2', 2],
      ['nvme0n1p3', 1785],
    ]),
    { ...disk('sda', '7e:00.3', 'usb', 28, [['sda1', 28]]), usbPort: '2-1' },
    volume('dm-0', 400, ['nvme0n1p3'], { name: 'vg0-root', uuid: 'LVM-simulatedsimulatedsimulatedroot' }),
    volume('dm-1', 8, ['nvme0n1p3'], { name: 'vg0-swap', uuid: 'LVM-simulatedsimulatedsimulatedswap' }),
  ],
  mounts: [
    { source: 'dm-0', target: '/', type: 'ext4' },
    { source: 'nvme0n1p2', target: '/boot', type: 'ext4' },
    { source: 'nvme0n1p1', target: '/boot/efi', type: 'vfat' },
    { source: 'sda1', target: '/srv/rescue', type: 'ext4' },
  ],
  usb: USB,
  swaps: ['dm-1'],
}
