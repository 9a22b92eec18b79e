/** The configuration space of a described function as bytes (PCI Local Bus 3.0 chapter 6, PCI Express base specification chapter 7). */
import { addressParts } from '../model/address.ts'
import { parseHexId } from '../model/ids.ts'
import type { MsixTable, PciFunction, PortType, Sriov } from './machine.ts'

/** What the bytes need to know beyond the function itself. */
export interface ConfigContext {
  readonly multifunction: boolean
  /** A virtual function: vendor and device read as ffff (SR-IOV specification 3.4.1). */
  readonly virtual: boolean
  /** VFs enabled now. */
  readonly numVfs: number
}

const PM_AT = 0x40
const MSIX_AT = 0x50
const PCIE_AT = 0x60
const SSVID_AT = 0xa0

/** 4096 bytes for PCI Express, 256 for conventional PCI. */
export function configSpace(fn: PciFunction, context: ConfigContext): Buffer {
  const bytes = Buffer.alloc(fn.pcie ? 4096 : 256)
  writeHeader(bytes, fn, context)
  writeCapabilities(bytes, fn)
  if (fn.pcie) writeExtended(bytes, fn, context)
  return bytes
}

const number = (hex: string): number => parseInt(hex, 16)

function ids(text: string): readonly [number, number] {
  const [vendor = '', device = ''] = text.split(':')
  return [number(parseHexId(vendor) ?? 'ffff'), number(parseHexId(device) ?? 'ffff')]
}

function writeHeader(bytes: Buffer, fn: PciFunction, context: ConfigContext): void {
  const [vendor, device] = context.virtual ? [0xffff, 0xffff] : ids(fn.id)
  bytes.writeUInt16LE(vendor, 0x00)
  bytes.writeUInt16LE(device, 0x02)
  // Memory and bus master on, interrupts through MSI; a capability list is there.
  bytes.writeUInt16LE(0x0406, 0x04)
  bytes.writeUInt16LE(0x0010, 0x06)
  bytes[0x08] = number(fn.revision)
  bytes.writeUIntLE(number(fn.class), 0x09, 3)
  bytes[0x0c] = 0x10
  bytes[0x0e] = (fn.bridge ? 1 : 0) | (context.multifunction ? 0x80 : 0)
  bytes[0x34] = PM_AT
  if (fn.bridge) {
    bytes[0x18] = addressParts(fn.address).bus
    bytes[0x19] = fn.bridge.secondary
    bytes[0x1a] = fn.bridge.subordinate
  } else if (fn.subsystem !== null) {
    const [subVendor, subDevice] = ids(fn.subsystem)
    bytes.writeUInt16LE(subVendor, 0x2c)
    bytes.writeUInt16LE(subDevice, 0x2e)
  }
}

/** Power management always; then MSI-X, PCI Express and, on bridges, the subsystem ids, each pointing to the next. */
function writeCapabilities(bytes: Buffer, fn: PciFunction): void {
  const chain: { readonly at: number; readonly id: number }[] = [{ at: PM_AT, id: 0x01 }]
  bytes.writeUInt16LE(0x0003, PM_AT + 2)
  if (fn.msix) {
    chain.push({ at: MSIX_AT, id: 0x11 })
    writeMsix(bytes, fn.msix)
  }
  if (fn.pcie) {
    chain.push({ at: PCIE_AT, id: 0x10 })
    writePcie(bytes, fn)
  }
  if (fn.bridge && fn.subsystem !== null) {
    chain.push({ at: SSVID_AT, id: 0x0d })
    const [subVendor, subDevice] = ids(fn.subsystem)
    bytes.writeUInt16LE(subVendor, SSVID_AT + 4)
    bytes.writeUInt16LE(subDevice, SSVID_AT + 6)
  }
  for (const [index, { at, id }] of chain.entries()) {
    bytes[at] = id
    bytes[at + 1] = chain[index + 1]?.at ?? 0
  }
}

/** Message control holds the number of vectors less one; offsets are multiples of 8 with the BAR in the low three bits. */
function writeMsix(bytes: Buffer, msix: MsixTable): void {
  bytes.writeUInt16LE(0x8000 | (msix.vectors - 1), MSIX_AT + 2)
  bytes.writeUInt32LE(msix.tableOffset | msix.tableBar, MSIX_AT + 4)
  bytes.writeUInt32LE(msix.pbaOffset | msix.pbaBar, MSIX_AT + 8)
}

const PORT_TYPES: Readonly<Record<PortType, number>> = {
  root: 4,
  upstream: 5,
  downstream: 6,
  'pcie-to-pci': 7,
}

function writePcie(bytes: Buffer, fn: PciFunction): void {
  const type = fn.bridge ? PORT_TYPES[fn.bridge.port] : 0
  bytes.writeUInt16LE(0x0002 | (type << 4), PCIE_AT + 2)
  // Device capabilities: role-based error reporting; bit 28 = function level reset.
  bytes.writeUInt32LE((0x00008000 | (fn.flr ? 1 << 28 : 0)) >>> 0, PCIE_AT + 4)
  // 16 GT/s, 16 lanes, in capability and status.
  bytes.writeUInt32LE(0x00000104, PCIE_AT + 0x0c)
  bytes.writeUInt16LE(0x0104, PCIE_AT + 0x12)
}

/** Extended capabilities from 0x100 on: serial number, access control on ports that separate their groups, SR-IOV. */
function writeExtended(bytes: Buffer, fn: PciFunction, context: ConfigContext): void {
  const parts: { readonly id: number; readonly size: number; readonly write: (at: number) => void }[] = []
  const { serial, sriov } = fn
  if (serial !== null) parts.push({ id: 0x03, size: 0x0c, write: (at) => writeSerial(bytes, at, serial) })
  if (fn.bridge !== null && fn.bridge.port !== 'pcie-to-pci' && fn.groupWith === null) {
    parts.push({ id: 0x0d, size: 0x08, write: (at) => bytes.writeUInt32LE(0x001d005f, at + 4) })
  }
  if (sriov) parts.push({ id: 0x10, size: 0x40, write: (at) => writeSriov(bytes, at, sriov, context.numVfs) })
  let at = 0x100
  for (const [index, part] of parts.entries()) {
    const next = index + 1 < parts.length ? at + part.size : 0
    bytes.writeUInt32LE(((next << 20) | (1 << 16) | part.id) >>> 0, at)
    part.write(at)
    at += part.size
  }
}

/** lspci prints the highest byte first; the register pair stores it last. */
function writeSerial(bytes: Buffer, at: number, serial: string): void {
  bytes.writeBigUInt64LE(BigInt(`0x${serial.replaceAll('-', '')}`), at + 4)
}

function writeSriov(bytes: Buffer, at: number, sriov: Sriov, numVfs: number): void {
  // Control: VF enable and VF memory space enable.
  bytes.writeUInt16LE(numVfs > 0 ? 0x0009 : 0, at + 0x08)
  bytes.writeUInt16LE(sriov.totalVfs, at + 0x0c)
  bytes.writeUInt16LE(sriov.totalVfs, at + 0x0e)
  bytes.writeUInt16LE(numVfs, at + 0x10)
  bytes.writeUInt16LE(sriov.firstOffset, at + 0x14)
  bytes.writeUInt16LE(sriov.stride, at + 0x16)
  bytes.writeUInt16LE(number(sriov.vfDevice), at + 0x1a)
  bytes.writeUInt32LE(0x00000553, at + 0x1c)
  bytes.writeUInt32LE(0x00000001, at + 0x20)
}
