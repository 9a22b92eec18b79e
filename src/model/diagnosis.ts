/** Trouble with passing a device, found before it bites: the facts of a host's devices to findings. Pure. */
import { type Address, compareAddresses, slotOf } from './address.ts'
import { isBridge } from './assignable.ts'
import { type Device, isChipset, type Msix } from './device.ts'
import type { Finding, GroupCause } from './finding.ts'

/** Devices of one host, arranged so that each question below costs a look-up. */
interface Arranged {
  readonly byAddress: ReadonlyMap<Address, Device>
  /** Endpoints of each IOMMU group, below each bridge, on each legacy interrupt line. */
  readonly byGroup: ReadonlyMap<number, readonly Device[]>
  readonly byUpstream: ReadonlyMap<Address, readonly Device[]>
  readonly byIrq: ReadonlyMap<number, readonly Device[]>
}

/**
 * Judges devices of one host, all of which (as far as known) are `devices`. Bridges and chipset functions are never
 * given, so nothing is found of them.
 */
export function diagnosisOf(devices: readonly Device[]): (device: Device) => readonly Finding[] {
  const endpoints = devices.filter((device) => !isBridge(device))
  const host: Arranged = {
    byAddress: new Map(devices.map((device) => [device.address, device])),
    byGroup: groupBy(endpoints, ({ iommuGroup }) => iommuGroup),
    byUpstream: groupBy(endpoints, ({ passthrough }) => passthrough?.upstream ?? null),
    byIrq: groupBy(endpoints, ({ passthrough }) => passthrough?.irq ?? null),
  }
  return (device) => {
    if (isBridge(device) || isChipset(device.classId)) return []
    return [
      ...msixFindings(device),
      ...resetFindings(host, device),
      ...groupFindings(host, device),
      ...interruptFindings(host, device),
      ...(device.passthrough?.reservedMemory === true ? [{ code: 'reserved-memory' } as const] : []),
      ...romFindings(device),
    ]
  }
}

function groupBy<K>(
  devices: readonly Device[],
  keyOf: (device: Device) => K | null,
): ReadonlyMap<K, readonly Device[]> {
  const groups = new Map<K, Device[]>()
  for (const device of devices) {
    const key = keyOf(device)
    if (key === null) continue
    const same = groups.get(key)
    if (same) same.push(device)
    else groups.set(key, [device])
  }
  return groups
}

/** What QEMU's msix_init (hw/pci/msix.c) refuses: parts that overlap or do not fit into their BARs. */
function msixFindings({ msix, passthrough }: Device): readonly Finding[] {
  if (msix === null) return []
  const sizes = passthrough?.barSizes ?? null
  return [
    ...(msix.overlap ? [{ code: 'msix-overlap', bar: msix.tableBar } as const] : []),
    ...(sizes === null
      ? []
      : msixParts(msix)
          .map((part) => ({ code: 'msix-outside-bar', ...part, size: sizes[part.bar] ?? 0 }) as const)
          .filter(({ end, size }) => end > size)),
  ]
}

/** PCI Local Bus 3.0, 6.8.2: a vector takes 16 bytes of the table; pending bits come in words of 8 bytes. */
function msixParts({ vectors, tableBar, tableOffset, pbaBar, pbaOffset }: Msix) {
  const pbaBytes = Math.ceil(vectors / 64) * 8
  return [
    { part: 'table', bar: tableBar, end: tableOffset + vectors * 16 },
    { part: 'pending bits', bar: pbaBar, end: pbaOffset + pbaBytes },
  ] as const
}

/** Of the kernel's methods (Documentation/ABI/testing/sysfs-bus-pci, reset_method) those that reset one function by a reset made for that. */
const FUNCTION_RESETS: ReadonlySet<string> = new Set(['device_specific', 'acpi', 'flr', 'af_flr'])
/** Those that reset all that is below a bridge. */
const BUS_RESETS: ReadonlySet<string> = new Set(['bus', 'cxl_bus'])

/** Kernels before 5.15 name no methods: there the capability tells. */
function resetFindings(host: Arranged, device: Device): readonly Finding[] {
  const { resetMethods: methods, passthrough } = device
  if (passthrough === null || methods.some((method) => FUNCTION_RESETS.has(method))) return []
  if (!passthrough.resettable) return [{ code: 'no-reset' }]
  if (methods.length === 0 && passthrough.flr !== false) return []
  const reachesOthers = methods.length > 0 && methods.every((method) => BUS_RESETS.has(method))
  const below =
    passthrough.upstream === null || !reachesOthers ? [] : host.byUpstream.get(passthrough.upstream)
  return [{ code: 'no-function-reset', methods, others: addresses(outsideGroup(device, below ?? [])) }]
}

/** Those that do not go to a VM together with the device. */
function outsideGroup(device: Device, others: readonly Device[]): readonly Device[] {
  return others.filter(
    (other) =>
      other.address !== device.address &&
      (device.iommuGroup === null || other.iommuGroup !== device.iommuGroup),
  )
}

function addresses(devices: readonly Device[]): readonly Address[] {
  return devices.map(({ address }) => address).sort(compareAddresses)
}

function groupFindings(host: Arranged, device: Device): readonly Finding[] {
  const { iommuGroup: group } = device
  if (group === null) return []
  const mates = addresses((host.byGroup.get(group) ?? []).filter(({ address }) => address !== device.address))
  if (mates.length === 0) return []
  return [{ code: 'not-isolated', group, mates, cause: groupCause(host, device, mates) }]
}

/**
 * As drivers/iommu/iommu.c pci_device_group decides: a device joins the group of the bridge above it unless every bridge
 * on its way up has access control; functions of one slot stay together unless they have it themselves.
 */
function groupCause(host: Arranged, device: Device, mates: readonly Address[]): GroupCause {
  const above = bridgesInGroup(host, device)
  const [nearest] = above
  if (nearest !== undefined) {
    const { address: bridge } = above.find(({ passthrough }) => passthrough?.acs === false) ?? nearest
    return { kind: device.pcie === false ? 'conventional' : 'bridge', bridge }
  }
  const sameSlot = mates.every((mate) => slotOf(mate) === slotOf(device.address))
  return sameSlot ? { kind: 'functions' } : { kind: 'unknown' }
}

/** The bridges above the device that are in its group, nearest first. */
function bridgesInGroup(host: Arranged, device: Device): readonly Device[] {
  const found = new Set<Device>()
  for (let at = device; ; ) {
    const upstream = at.passthrough?.upstream ?? null
    const bridge = upstream === null ? undefined : host.byAddress.get(upstream)
    if (bridge === undefined || bridge.iommuGroup !== device.iommuGroup || found.has(bridge))
      return [...found]
    found.add(bridge)
    at = bridge
  }
}

/** vfio-pci wants a line for itself where the device cannot mask it; one that interrupts by message needs none. */
function interruptFindings(host: Arranged, device: Device): readonly Finding[] {
  const { irq = null, msi = null } = device.passthrough ?? {}
  if (irq === null || msi !== false) return []
  const others = addresses(outsideGroup(device, host.byIrq.get(irq) ?? []))
  return others.length === 0 ? [] : [{ code: 'shared-interrupt', irq, others }]
}

/** VGA controllers; a VF has no ROM of its own (SR-IOV 3.4.1), and other displays draw nothing before their driver. */
function romFindings({ classId, kind, passthrough }: Device): readonly Finding[] {
  const missing = classId === '0300' && kind !== 'vf' && passthrough?.rom === false
  return missing ? [{ code: 'no-rom' }] : []
}
