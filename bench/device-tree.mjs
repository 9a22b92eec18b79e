/** Writes a sysfs tree of any number of network functions, 8 to a slot, 32 slots to a bus, as the kernel has them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const hex = (value, digits) => value.toString(16).padStart(digits, '0')

/** Below `root`; config spaces are the 64 bytes that a user without rights sees. */
export function writeDevices(root, count) {
  mkdirSync(join(root, 'bus/pci/devices'), { recursive: true })
  for (let index = 0; index < count; index++) {
    const address = `0000:${hex(index >> 8, 2)}:${hex((index >> 3) & 31, 2)}.${index & 7}`
    const dir = `devices/pci0000:00/${address}`
    const group = join(root, `kernel/iommu_groups/${index}`)
    mkdirSync(join(root, dir, `net/eth${index}`), { recursive: true })
    mkdirSync(group, { recursive: true })
    const file = (name, text) => writeFileSync(join(root, dir, name), text)
    file('uevent', 'DRIVER=ice\nPCI_CLASS=20000\nPCI_ID=8086:1592\nPCI_SUBSYS_ID=8086:0001\n')
    for (const [name, text] of ATTRIBUTES) file(name, text)
    file('config', CONFIG)
    symlinkSync('../../../bus/pci/drivers/ice', join(root, dir, 'driver'))
    symlinkSync(`../../../kernel/iommu_groups/${index}`, join(root, dir, 'iommu_group'))
    symlinkSync(`../../../${dir}`, join(root, 'bus/pci/devices', address))
    writeFileSync(join(group, 'reserved_regions'), '0x00000000fee00000 0x00000000feefffff msi\n')
  }
}

const ATTRIBUTES = [
  ['class', '0x020000\n'],
  ['vendor', '0x8086\n'],
  ['device', '0x1592\n'],
  ['subsystem_vendor', '0x8086\n'],
  ['subsystem_device', '0x0001\n'],
  ['revision', '0x02\n'],
  ['numa_node', '0\n'],
  ['reset_method', 'flr bus\n'],
  ['sriov_totalvfs', '64\n'],
  ['sriov_numvfs', '0\n'],
  ['irq', '16\n'],
  ['resource', '0x00000000fe200000 0x00000000fe21ffff 0x0000000000040200\n'],
]

const CONFIG = Buffer.alloc(64)
CONFIG.writeUInt16LE(0x8086, 0)
CONFIG.writeUInt16LE(0x1592, 2)
CONFIG.writeUIntLE(0x020000, 9, 3)
