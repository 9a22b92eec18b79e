/** What 2,000 machines of a data centre report: racks of four kinds, 40 devices of two or three types each. */
import { createHash } from 'node:crypto'

const TYPES = {
  ada: [
    '10de',
    '26b1',
    '0300',
    'NVIDIA Corporation',
    'AD102GL [RTX 6000 Ada Generation]',
    'VGA compatible controller',
  ],
  adaAudio: [
    '10de',
    '22ba',
    '0403',
    'NVIDIA Corporation',
    'AD102 High Definition Audio Controller',
    'Audio device',
  ],
  a100: ['10de', '20b0', '0302', 'NVIDIA Corporation', 'GA100 [A100 SXM4 40GB]', '3D controller'],
  h100: ['10de', '2330', '0302', 'NVIDIA Corporation', 'GH100 [H100 SXM5 80GB]', '3D controller'],
  mi300: [
    '1002',
    '74a1',
    '1200',
    'Advanced Micro Devices, Inc. [AMD/ATI]',
    'Aqua Vanjaram [Instinct MI300X]',
    'Processing accelerators',
  ],
  e810: [
    '8086',
    '1592',
    '0200',
    'Intel Corporation',
    'Ethernet Controller E810-C for QSFP',
    'Ethernet controller',
  ],
  e810Vf: [
    '8086',
    '1889',
    '0200',
    'Intel Corporation',
    'Ethernet Adaptive Virtual Function',
    'Ethernet controller',
  ],
  cx6: [
    '15b3',
    '101d',
    '0200',
    'Mellanox Technologies',
    'MT2892 Family [ConnectX-6 Dx]',
    'Ethernet controller',
  ],
  pm9a3: [
    '144d',
    'a80a',
    '0108',
    'Samsung Electronics Co Ltd',
    'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    'Non-Volatile memory controller',
  ],
  p5800: [
    '8086',
    '2712',
    '0108',
    'Intel Corporation',
    'Optane DC P5800X Series',
    'Non-Volatile memory controller',
  ],
  fpga: ['10ee', '5020', '1200', 'Xilinx Corporation', 'Alveo U280 Golden Image', 'Processing accelerators'],
}

/** By the rack: which cluster it is of, and how many of what each of its machines has; 40 in all. */
const RACKS = [
  {
    cluster: 'render',
    devices: [
      ['ada', 16],
      ['pm9a3', 8],
    ],
  },
  {
    cluster: 'train',
    devices: [
      ['a100', 24],
      ['cx6', 16],
    ],
  },
  {
    cluster: 'train',
    devices: [
      ['h100', 24],
      ['cx6', 8],
      ['pm9a3', 8],
    ],
  },
  {
    cluster: 'lab',
    devices: [
      ['mi300', 16],
      ['fpga', 8],
      ['e810', 16],
    ],
  },
  {
    cluster: 'storage',
    devices: [
      ['pm9a3', 24],
      ['p5800', 16],
    ],
  },
]
const MACHINES_A_RACK = 20
/** Of so many machines one has something that no VM may have: its system disk, or network cards with virtual functions. */
const ODD = 67

const CAPACITY = {
  ...{ cpus: 128, memoryKiB: 2 ** 30, hypervisor: 'kvm', arch: 'x86_64', kernel: '6.12.0-1-amd64' },
  numaNodes: [0, 1].map((id) => ({ id, cpus: 64, memoryKiB: 2 ** 29 })),
}

/** Of the nth machine. */
export function wishOf(n) {
  const rack = Math.floor(n / MACHINES_A_RACK)
  const { cluster } = rackOf(n)
  const name = `${cluster}-r${String(rack).padStart(2, '0')}-${String(n % MACHINES_A_RACK).padStart(2, '0')}`
  const way = { driver: 'libvirt', uri: 'qemu:///system', agent: true, enabled: n % 401 !== 400 }
  return { name, cluster, ...way, filter: null, attributes: { RACK: `r${rack}` } }
}

export const hashOf = (text) => createHash('sha256').update(text).digest('hex')

/** Of its agent; no secret: whoever has this file knows it. */
export const credentialOf = (name) =>
  `berth_a_${createHash('sha256').update(`bench ${name}`).digest('base64url')}`

const rackOf = (n) => RACKS[Math.floor(n / MACHINES_A_RACK) % RACKS.length]

/** `gone`: addresses that it has no more. */
export function reportOf(berth, n, { domains = [], gone = [] } = {}) {
  const devices = devicesOf(berth, n).filter(({ address }) => !gone.includes(address))
  const disk = devices.find(({ classId }) => classId === '0108')
  const mounted = n % ODD === 0 && disk
  return {
    ...{ schema: 'berth.host-report/1', host: wishOf(n).name, bootId: 'boot-1', usb: [] },
    usage: mounted ? [{ address: disk.address, reason: 'mount', detail: 'nvme0n1p2 is mounted at /' }] : [],
    ...{ devices, capacity: CAPACITY, domains },
    readiness: { ready: true, checks: [] },
  }
}

function devicesOf(berth, n) {
  const devices = []
  for (const [type, count] of rackOf(n).devices)
    for (let at = 0; at < count; at++) {
      const slot = devices.length
      const bus = (slot + 1).toString(16).padStart(2, '0')
      const facts = { iommuGroup: slot + 1, numaNode: slot % 2 }
      devices.push(deviceOf(berth, type, `0000:${bus}:00.0`, facts))
      if (type === 'ada') devices.push(deviceOf(berth, 'adaAudio', `0000:${bus}:00.1`, facts))
      // Two virtual functions in the place of the last two cards.
      if (type === 'e810' && n % ODD === 1 && at === 0)
        devices.push(...virtual(berth, `0000:${bus}:00.0`, devices))
    }
  return devices.slice(0, 40)
}

function virtual(berth, parent, devices) {
  Object.assign(devices[devices.length - 1], { kind: 'pf', totalVfs: 128, numVfs: 2 })
  return [1, 2].map((vf) =>
    deviceOf(berth, 'e810Vf', parent.replace('00.0', `01.${vf}`), {
      kind: 'vf',
      parent: berth.parseAddress(parent),
      iommuGroup: 100 + vf,
    }),
  )
}

function deviceOf(berth, type, address, facts) {
  const [vendorId, deviceId, classId, vendorName, deviceName, className] = TYPES[type]
  return {
    ...{ address: berth.parseAddress(address), vendorId, deviceId, classId, progIf: '00', revision: 'a1' },
    ...{ subsystemVendorId: vendorId, subsystemDeviceId: '134f', vendorName, deviceName, className },
    ...{ kind: 'plain', parent: null, totalVfs: 0, numVfs: 0, numaNode: null, driver: null, bridge: false },
    ...{ networkInterfaces: [], resetMethods: ['flr', 'bus'], msix: null, pcie: true },
    ...{ identity: `path:0000:00/${address.slice(5)}`, passthrough: null, offered: true, ...facts },
  }
}
