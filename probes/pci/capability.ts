/** What a function's configuration space says, found by following its capability lists: pure but for the reader it is given. */
import type { Msix } from '../../src/model/device.ts'

/**
 * Bytes of configuration space from `offset` on; fewer than asked for (or none) where it can't be read that far:
 * without root the kernel gives 64 bytes, of conventional PCI 256, of PCI Express 4096. A view is good until the next read.
 */
export type ConfigReader = (offset: number, length: number) => DataView

/** `null` = the space could not be read that far, so it is not known. */
export interface Capabilities {
  /** 0 = endpoint, 1 = PCI-to-PCI bridge, 2 = CardBus bridge. */
  readonly headerType: number
  /** Two hexadecimal digits. */
  readonly revision: string
  readonly pcie: boolean | null
  /** Device/port type (PCI Express Base 7.5.3.2): 4 = root port, 5 and 6 = a switch's up- and downstream port, ...; null = none. */
  readonly portType: number | null
  /** Has a legacy interrupt pin (byte 3d). */
  readonly pin: boolean
  /** Can interrupt by message, MSI or MSI-X, and does so now. */
  readonly msi: boolean | null
  readonly msiEnabled: boolean
  /** Function level reset, by PCI Express (Device Capabilities bit 28) or Advanced Features (bit 1). */
  readonly flr: boolean | null
  readonly msix: Msix | null
  readonly sriov: boolean | null
  readonly acs: boolean | null
  /** Device serial number, 16 hexadecimal digits; null = none, or all 0 or all f. */
  readonly serial: string | null
}

const HEADER_BYTES = 64
const STATUS_HAS_LIST = 0x10
const MSI = 0x05
const MSIX = 0x11
const PCIE = 0x10
const ADVANCED_FEATURES = 0x13
const SERIAL_NUMBER = 0x0003
const ACS = 0x000d
const SRIOV = 0x0010

/** Null where the header can't be read or reads all ones: the function is gone or asleep, or a VF's that hides it. */
export function readCapabilities(read: ConfigReader): Capabilities | null {
  const header = read(0, HEADER_BYTES)
  if (header.byteLength < HEADER_BYTES) return null
  // A VF's vendor and device read ffff (SR-IOV 3.4.1), the rest of its header is right: the header type tells.
  const type = header.getUint8(0x0e)
  if (type === 0xff) return null
  const headerType = type & 0x7f
  const revision = header.getUint8(8).toString(16).padStart(2, '0')
  const pin = header.getUint8(0x3d) !== 0
  const standard = standardCapabilities(read, header, headerType)
  const extended = standard.pcie === true ? extendedCapabilities(read) : NO_EXTENDED
  return {
    headerType,
    revision,
    pin,
    ...standard,
    ...(standard.pcie === null ? { sriov: null, acs: null, serial: null } : extended),
  }
}

interface Standard {
  pcie: boolean | null
  portType: number | null
  flr: boolean | null
  msix: Msix | null
  msi: boolean | null
  msiEnabled: boolean
}

/** PCI Local Bus 3.0, 6.7: a list of at most 48 places in bytes 40 to ff; CardBus bridges keep its head at 14. */
function standardCapabilities(read: ConfigReader, header: DataView, headerType: number): Readonly<Standard> {
  const found: Standard = {
    ...{ pcie: false, portType: null, flr: false },
    ...{ msix: null, msi: false, msiEnabled: false },
  }
  if ((header.getUint8(6) & STATUS_HAS_LIST) === 0) return found
  const first = header.getUint8(headerType === 2 ? 0x14 : 0x34) & 0xfc
  if (first < HEADER_BYTES) return found
  const visited = new Set<number>()
  for (let offset = first; offset >= HEADER_BYTES && !visited.has(offset); ) {
    visited.add(offset)
    const bytes = read(offset, 12)
    if (bytes.byteLength < 4) {
      // What was seen so far is there; what was not may still be.
      const { pcie, flr, msi } = found
      return { ...found, pcie: pcie || null, flr: flr || null, msi: msi || null }
    }
    const id = bytes.getUint8(0)
    if (id === 0xff) break
    takeCapability(found, id, bytes)
    offset = bytes.getUint8(1) & 0xfc
  }
  return found
}

function takeCapability(found: Standard, id: number, bytes: DataView): void {
  const length = bytes.byteLength
  const control = bytes.getUint16(2, true)
  if (id === MSI || id === MSIX) {
    found.msi = true
    // Message control's enable bit: 0 of MSI, 15 of MSI-X (PCI Local Bus 3.0, 6.8.1.3 and 6.8.2.3).
    if ((control & (id === MSI ? 1 : 0x8000)) !== 0) found.msiEnabled = true
  }
  if (id === MSIX && length >= 12) found.msix ??= parseMsix(bytes)
  if (id === PCIE) {
    found.pcie = true
    found.portType = (control >> 4) & 0xf
    if (length >= 8 && (bytes.getUint32(4, true) & (1 << 28)) !== 0) found.flr = true
  }
  if (id === ADVANCED_FEATURES && (bytes.getUint8(3) & 2) !== 0) found.flr = true
}

interface Extended {
  readonly sriov: boolean | null
  readonly acs: boolean | null
  readonly serial: string | null
}

const NO_EXTENDED: Extended = { sriov: false, acs: false, serial: null }

/** PCI Express Base 7.6: a list in bytes 100 to fff, each header id (16), version (4), next (12). */
function extendedCapabilities(read: ConfigReader): Extended {
  let sriov = false
  let acs = false
  let serial: string | null = null
  const visited = new Set<number>()
  let offset = 0x100
  while (offset >= 0x100 && !visited.has(offset)) {
    visited.add(offset)
    const bytes = read(offset, 12)
    if (bytes.byteLength < 4) return { sriov: sriov || null, acs: acs || null, serial }
    const head = bytes.getUint32(0, true)
    if (head === 0 || head === 0xffffffff) break
    const id = head & 0xffff
    if (id === SRIOV) sriov = true
    if (id === ACS) acs = true
    if (id === SERIAL_NUMBER && bytes.byteLength >= 12) serial ??= parseSerial(bytes)
    offset = (head >>> 20) & 0xffc
  }
  return { sriov, acs, serial }
}

function parseSerial(bytes: DataView): string | null {
  const digits = [bytes.getUint32(8, true), bytes.getUint32(4, true)]
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('')
  return /^(0+|f+)$/.test(digits) ? null : digits
}

/** PCI Local Bus 3.0, 6.8.2: message control, then table and pending bits, each BAR (3 bits) and offset (the rest). */
function parseMsix(bytes: DataView): Msix {
  const vectors = (bytes.getUint16(2, true) & 0x7ff) + 1
  const table = bytes.getUint32(4, true)
  const pba = bytes.getUint32(8, true)
  const places = {
    vectors,
    tableBar: table & 7,
    tableOffset: (table & ~7) >>> 0,
    pbaBar: pba & 7,
    pbaOffset: (pba & ~7) >>> 0,
  }
  return { ...places, overlap: overlaps(places) }
}

/** A vector takes 16 bytes of the table; pending bits come in words of 8 bytes. */
function overlaps(msix: Omit<Msix, 'overlap'>): boolean {
  const tableEnd = msix.tableOffset + msix.vectors * 16
  const pbaEnd = msix.pbaOffset + Math.ceil(msix.vectors / 64) * 8
  return msix.tableBar === msix.pbaBar && msix.tableOffset < pbaEnd && msix.pbaOffset < tableEnd
}
