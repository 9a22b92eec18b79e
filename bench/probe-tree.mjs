/** Writes a sysfs tree of a big server for the probe's benchmark: files, links and configuration space as the kernel has them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Functions on each of the 14 root ports: a dual-port SR-IOV NIC with 13 VFs. 14 x (1 + 2 + 13) + 2 = 226 devices. */
const PORTS = 14
const VFS = 13

const hex = (value, digits) => value.toString(16).padStart(digits, '0')
const addressOf = (bus, slot, fn) => `0000:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`

/** Header, a list of power management, MSI-X and PCI Express, and an extended list of AER, serial number, ACS, SR-IOV. */
function configSpace({ vendor, device, classCode, bridge, vf, serial }) {
  const space = Buffer.alloc(4096)
  space.writeUInt16LE(vendor, 0)
  space.writeUInt16LE(device, 2)
  space.writeUInt16LE(0x10, 6)
  space.writeUInt8(1, 8)
  space.writeUIntLE(classCode, 9, 3)
  space.writeUInt8(bridge ? 1 : 0, 0x0e)
  space.writeUInt8(0x40, 0x34)
  space.writeUInt8(bridge || vf ? 0 : 1, 0x3d)
  space.writeUInt16LE(0x5001, 0x40)
  space.writeUInt16LE(0x7011, 0x50)
  space.writeUInt16LE(0x8000 | 63, 0x52)
  space.writeUInt32LE(0x3, 0x54)
  space.writeUInt32LE(0x2003, 0x58)
  space.writeUInt16LE(0x0010, 0x70)
  space.writeUInt32LE(1 << 28, 0x74)
  space.writeUInt32LE(0x14010001, 0x100)
  space.writeUInt32LE(0x15010003, 0x140)
  space.writeBigUInt64LE(serial, 0x144)
  space.writeUInt32LE(0x1600000d | (1 << 16), 0x150)
  space.writeUInt32LE(0x00010010, 0x160)
  return space
}

const line = (start, end, flags) =>
  `${[start, end, flags].map((number) => `0x${hex(number, 16)}`).join(' ')}\n`
/** Six BARs, the ROM, six BARs of VFs; then the interrupts' window, as an Intel IOMMU has it. */
const RESOURCE =
  line(0xfe200000, 0xfe21ffff, 0x40200).repeat(2) +
  line(0, 0, 0) +
  line(0xfe240000, 0xfe247fff, 0x140204) +
  line(0, 0, 0).repeat(9)
const REGIONS = '0x00000000fee00000 0x00000000feefffff msi\n'

function writeFunction(root, parentDir, spec) {
  const dir = join(parentDir, spec.address)
  const at = join(root, dir)
  mkdirSync(at, { recursive: true })
  const file = (name, text) => writeFileSync(join(at, name), text)
  const up = '../'.repeat(dir.split('/').length)
  const ids = `PCI_ID=${hex(spec.vendor, 4)}:${hex(spec.device, 4)}`.toUpperCase()
  file(
    'uevent',
    `DRIVER=${spec.driver}\nPCI_CLASS=${spec.classCode.toString(16).toUpperCase()}\n${ids}\nPCI_SUBSYS_ID=8086:0001\nPCI_SLOT_NAME=${spec.address}\n`,
  )
  file('class', `0x${hex(spec.classCode, 6)}\n`)
  file('vendor', `0x${hex(spec.vendor, 4)}\n`)
  file('device', `0x${hex(spec.device, 4)}\n`)
  file('subsystem_vendor', '0x8086\n')
  file('subsystem_device', '0x0001\n')
  file('revision', '0x01\n')
  file('numa_node', `${spec.node}\n`)
  file('reset_method', 'flr bus\n')
  file('config', spec.vf ? Buffer.concat([Buffer.alloc(4, 0xff), spec.config.subarray(4)]) : spec.config)
  file('resource', RESOURCE)
  for (const name of ['enable', 'irq', 'local_cpulist', 'local_cpus', 'modalias', 'msi_bus', 'reset', 'rom'])
    file(name, '0\n')
  for (const name of ['ari_enabled', 'broken_parity_status', 'consistent_dma_mask_bits', 'd3cold_allowed'])
    file(name, '0\n')
  symlinkSync(`${up}bus/pci/drivers/${spec.driver}`, join(at, 'driver'))
  symlinkSync(`${up}kernel/iommu_groups/${spec.group}`, join(at, 'iommu_group'))
  const group = join(root, `kernel/iommu_groups/${spec.group}`)
  mkdirSync(group, { recursive: true })
  writeFileSync(join(group, 'reserved_regions'), REGIONS)
  symlinkSync(`../../../${dir}`, join(root, 'bus/pci/devices', spec.address))
  return dir
}

const NIC = { vendor: 0x8086, device: 0x1592, classCode: 0x020000, driver: 'ice' }
const VF = { vendor: 0x8086, device: 0x1889, classCode: 0x020000, driver: 'iavf', vf: true }
const BRIDGE = { vendor: 0x8086, device: 0x352a, classCode: 0x060400, driver: 'pcieport', bridge: true }

/** Writes 226 devices below `root`. */
export function writeServer(root) {
  mkdirSync(join(root, 'bus/pci/devices'), { recursive: true })
  let group = 0
  const add = (parentDir, spec, serial = 0n) =>
    writeFunction(root, parentDir, {
      node: 0,
      group: group++,
      config: configSpace({ ...spec, serial }),
      ...spec,
    })
  const main = 'devices/pci0000:00'
  add(main, {
    vendor: 0x8086,
    device: 0x09a2,
    classCode: 0x088000,
    driver: 'none',
    address: addressOf(0, 0, 0),
  })
  add(main, {
    vendor: 0x8086,
    device: 0x1bca,
    classCode: 0x060100,
    driver: 'lpc',
    address: addressOf(0, 0x1f, 0),
  })
  for (let port = 0; port < PORTS; port++) {
    const bus = 0x10 + port
    const below = add(main, { ...BRIDGE, address: addressOf(0, 1 + port, 0) })
    const serial = 0x1122334455660000n + BigInt(port)
    for (const fn of [0, 1]) {
      const dir = add(below, { ...NIC, address: addressOf(bus, 0, fn) }, serial)
      mkdirSync(join(root, dir, `net/ens${port}f${fn}`), { recursive: true })
      writeFileSync(join(root, dir, 'sriov_totalvfs'), '64\n')
      writeFileSync(join(root, dir, 'sriov_numvfs'), fn === 0 ? `${VFS}\n` : '0\n')
    }
    const pf = join(root, below, addressOf(bus, 0, 0))
    for (let index = 0; index < VFS; index++) {
      const address = addressOf(bus, 1 + (index >> 3), index & 7)
      const dir = add(below, { ...VF, address })
      symlinkSync(`../${addressOf(bus, 0, 0)}`, join(root, dir, 'physfn'))
      symlinkSync(`../${address}`, join(pf, `virtfn${index}`))
    }
  }
}
