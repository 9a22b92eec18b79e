/** Where a described machine's functions stand in sysfs, which IOMMU group each is in, and what its VFs look like: pure. */
import { type Address, addressParts, formatAddress, slotOf } from '../model/address.ts'
import type { MachineDescription, PciFunction } from './machine.ts'

/** A function and its place. `dir` is relative to the sysfs root. */
export interface PlacedFunction {
  readonly fn: PciFunction
  readonly dir: string
  readonly multifunction: boolean
  /** A VF's PF and its index there. */
  readonly virtual: { readonly pf: Address; readonly index: number } | null
}

/** Every function of the description and the VFs that it starts with, PFs before their VFs. */
export function layOut(machine: MachineDescription): readonly PlacedFunction[] {
  const dirs = new Map<Address, string>()
  const slots = new Map<string, number>()
  for (const { address } of machine.functions)
    slots.set(slotOf(address), (slots.get(slotOf(address)) ?? 0) + 1)
  const physical = machine.functions.map((fn): PlacedFunction => {
    const dir = `${parentDir(machine, fn, dirs)}/${fn.address}`
    dirs.set(fn.address, dir)
    return { fn, dir, multifunction: (slots.get(slotOf(fn.address)) ?? 1) > 1, virtual: null }
  })
  const virtual = physical.flatMap((pf) =>
    Array.from({ length: pf.fn.sriov?.numVfs ?? 0 }, (_, index) => placeVf(pf, index)),
  )
  return [...physical, ...virtual]
}

/** A root bus is a folder of its own: `devices/pci0000:00`. */
function parentDir(machine: MachineDescription, fn: PciFunction, dirs: ReadonlyMap<Address, string>): string {
  if (fn.under !== null) return known(dirs, fn.under, fn.address)
  const { domain, bus } = addressParts(fn.address)
  if (machine.roots.some((root) => root.domain === domain && root.bus === bus)) {
    return `devices/${rootName(domain, bus)}`
  }
  throw new Error(`${machine.name}: ${fn.address} is behind no bridge and on no root bus`)
}

function known(dirs: ReadonlyMap<Address, string>, parent: Address, child: Address): string {
  const dir = dirs.get(parent)
  if (dir === undefined) throw new Error(`${child} is described before ${parent}, which it is behind`)
  return dir
}

export function rootName(domain: number, bus: number): string {
  return `pci${domain.toString(16).padStart(4, '0')}:${bus.toString(16).padStart(2, '0')}`
}

/** VF n's routing id is the PF's plus First VF Offset plus n times VF Stride (SR-IOV specification 3.3.9, 3.3.10). */
export function vfAddress(pf: PciFunction, index: number): Address {
  const { domain, bus, slot, function: fn } = addressParts(pf.address)
  const sriov = pf.sriov
  if (sriov === null) throw new Error(`${pf.address} is no PF`)
  const id = (bus << 8) + (slot << 3) + fn + sriov.firstOffset + index * sriov.stride
  return formatAddress({ domain, bus: id >> 8, slot: (id >> 3) & 0x1f, function: id & 7 })
}

/** The PF's VF of that index, beside it below the same bridge. */
export function placeVf(pf: PlacedFunction, index: number): PlacedFunction {
  const { fn } = pf
  if (fn.sriov === null) throw new Error(`${fn.address} is no PF`)
  const vectors = fn.sriov.vfMsixVectors
  const address = vfAddress(fn, index)
  return {
    fn: {
      ...fn,
      address,
      id: `${fn.id.split(':')[0]}:${fn.sriov.vfDevice}`,
      driver: fn.sriov.vfDriver,
      bound: fn.sriov.vfDriver !== null,
      groupWith: null,
      msix: vectors > 0 ? { vectors, tableBar: 3, tableOffset: 0, pbaBar: 3, pbaOffset: 0x2000 } : null,
      flr: true,
      resetMethods: ['flr'],
      serial: null,
      sriov: null,
      bootVga: false,
    },
    dir: `${pf.dir.slice(0, pf.dir.lastIndexOf('/'))}/${address}`,
    multifunction: false,
    virtual: { pf: fn.address, index },
  }
}

/** Group numbers count up in the order in which the kernel finds the functions; without an IOMMU there are none. */
export function groupNumbers(
  machine: MachineDescription,
  placed: readonly PlacedFunction[],
): ReadonlyMap<Address, number> {
  const groups = new Map<Address, number>()
  if (machine.iommu === null) return groups
  let next = 0
  for (const { fn } of placed) {
    const shared = fn.groupWith === null ? undefined : groups.get(fn.groupWith)
    groups.set(fn.address, shared ?? next++)
  }
  return groups
}
