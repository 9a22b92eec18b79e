/** Short forms in which the machines are written down. */
import { type Address, parseAddress } from '../../model/address.ts'
import type {
  BlockDevice,
  MsixTable,
  NetworkInterface,
  Partition,
  PciFunction,
  PortType,
  Sriov,
  UsbPlugged,
} from '../machine.ts'

type Details = Partial<Omit<PciFunction, 'address' | 'id' | 'class' | 'under' | 'groupWith' | 'bridge'>> & {
  readonly under?: string
  readonly groupWith?: string
}

/** `07:00.0` in domain 0000. */
export function at(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is no PCI address`)
  return address
}

/** `cls` has six digits. What is left out: on the root bus, PCI Express, no driver, a group of its own. */
export function endpoint(address: string, id: string, cls: string, details: Details = {}): PciFunction {
  const { under, groupWith, ...rest } = details
  return {
    address: at(address),
    id,
    class: cls,
    subsystem: null,
    revision: '00',
    under: under === undefined ? null : at(under),
    numaNode: null,
    driver: null,
    bound: true,
    groupWith: groupWith === undefined ? null : at(groupWith),
    bridge: null,
    pcie: true,
    flr: false,
    resetMethods: [],
    msix: null,
    serial: null,
    sriov: null,
    bootVga: false,
    ...rest,
  }
}

/** A bridge to bus `secondary`; `last` = the highest bus behind it. */
export function port(
  address: string,
  id: string,
  type: PortType,
  secondary: number,
  last: number,
  details: Details = {},
): PciFunction {
  return {
    ...endpoint(address, id, '060400', { driver: 'pcieport', resetMethods: ['pm'], ...details }),
    bridge: { secondary, subordinate: last, port: type },
  }
}

export function msix(vectors: number, bar: number, tableOffset: number, pbaOffset: number): MsixTable {
  return { vectors, tableBar: bar, tableOffset, pbaBar: bar, pbaOffset }
}

export function sriov(
  totalVfs: number,
  numVfs: number,
  vfDevice: string,
  vfDriver: string,
  firstOffset: number,
  vfMsixVectors: number,
): Sriov {
  return { totalVfs, numVfs, vfDevice, vfDriver, firstOffset, stride: 1, vfMsixVectors }
}

/** Down and without address unless said otherwise. */
export function nic(
  name: string,
  on: string | null,
  mac: string,
  details: Partial<NetworkInterface> = {},
): NetworkInterface {
  return {
    name,
    on: on === null ? null : at(on),
    kind: 'ethernet',
    mac,
    up: false,
    master: null,
    ipv4: null,
    gateway: null,
    ...details,
  }
}

/** High-speed, without strings, serial and driver unless said otherwise. */
export function plugged(
  port: string,
  device: number,
  id: string,
  details: Partial<UsbPlugged> = {},
): UsbPlugged {
  return {
    ...{ port, device, id, release: '0100', manufacturer: null, product: null, serial: null },
    ...{ speed: 480, interfaceClass: 'ff', driver: null },
    ...details,
  }
}

const GIB_SECTORS = 2_097_152

/** A disk of `gib` gibibytes; partitions as [name, gib]. */
export function disk(
  name: string,
  on: string,
  transport: 'nvme' | 'sas' | 'sata' | 'usb',
  gib: number,
  partitions: readonly (readonly [string, number])[] = [],
): BlockDevice {
  const parts = partitions.map(([part, size]): Partition => ({ name: part, sectors: size * GIB_SECTORS }))
  return {
    name,
    on: at(on),
    transport,
    sectors: gib * GIB_SECTORS,
    partitions: parts,
    slaves: [],
    dm: null,
  }
}

/** An md array, or with `dm` a device mapper volume, of `gib` gibibytes. */
export function volume(
  name: string,
  gib: number,
  slaves: readonly string[],
  dm: BlockDevice['dm'] = null,
): BlockDevice {
  return { name, on: null, transport: 'virtual', sectors: gib * GIB_SECTORS, partitions: [], slaves, dm }
}
