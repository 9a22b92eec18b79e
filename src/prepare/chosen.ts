/** Whether what an operator chose can be done to this host: refusals with their reason, and what is good to know. Pure. */
import { type Address, shortAddress } from '../model/address.ts'
import { isChipset, VFIO_PCI } from '../model/device.ts'
import { Conflict } from '../model/errors.ts'
import type { BootDevice } from './boot-unit.ts'
import { type Choices, idsText } from './choices.ts'
import type { HostDevice, HostDevices } from './host-devices.ts'
import { sameModule } from './modprobe.ts'

export interface Chosen {
  readonly devices: readonly BootDevice[]
  /** Modules that would take devices with the chosen ids. */
  readonly competitors: readonly string[]
  readonly notes: readonly string[]
}

/** Conflict `prepare-refused` with every reason: a device that is missing, a bridge, virtual, or in use by the host, by whatever choice it is reached. */
export function chosenDevices(host: HostDevices, choices: Choices): Chosen {
  const byAddress = new Map<Address, HostDevice>(host.devices.map((device) => [device.address, device]))
  const listed = choices.devices.flatMap((address) => byAddress.get(address) ?? [])
  const matched = choices.ids.map((ids) => ({ ids: idsText(ids), devices: host.devices.filter(hasIds(ids)) }))
  const reasons = [
    ...choices.devices
      .filter((address) => !byAddress.has(address))
      .map((address) => `--device ${shortAddress(address)}: there is no such device`),
    ...listed.flatMap((device) => refused(host, device, `--device ${shortAddress(device.address)}`)),
    ...listed.filter(({ kind }) => kind === 'vf').map(virtual),
    ...matched.flatMap(({ ids, devices }) =>
      devices.flatMap((device) =>
        refused(host, device, `--ids ${ids} fits ${shortAddress(device.address)}, which`),
      ),
    ),
    ...choices.blacklist.flatMap((driver) => blacklistRefused(host, driver)),
  ]
  if (reasons.length > 0)
    throw new Conflict('prepare-refused', `${reasons.join('; ')}. Nothing was changed.`, { reasons })
  const taken = new Set([...listed, ...matched.flatMap(({ devices }) => devices)])
  return {
    devices: listed,
    competitors: [
      ...new Set(matched.flatMap(({ devices }) => devices.flatMap(({ modules }) => modules))),
    ].sort(),
    notes: [
      ...matched.map(({ ids, devices }) => matchNote(ids, devices)),
      ...[...taken].flatMap((device) => mateNote(host, device, taken)),
      ...[...taken].flatMap(pfNote),
      ...matched.flatMap(({ devices }) => devices.flatMap(builtInNote)),
      ...listed.flatMap(driverNote(choices)),
    ],
  }
}

const hasIds = (ids: Choices['ids'][number]) => (device: HostDevice) =>
  device.vendorId === ids.vendorId && device.deviceId === ids.deviceId

function refused(host: HostDevices, device: HostDevice, subject: string): readonly string[] {
  if (device.bridge) return [`${subject}: is a bridge, and bridges are never given`]
  if (isChipset(device.classId)) return [`${subject}: is part of the board, and is never given`]
  return host.usage
    .filter(({ address }) => address === device.address)
    .map(({ detail }) => `${subject}: the host itself uses it (${detail})`)
}

function virtual({ address, parent }: HostDevice): string {
  return `--device ${shortAddress(address)}: is a virtual function of ${parent ?? 'another'}, which does not exist yet when the host boots; Berth binds virtual functions when a VM gets them`
}

function blacklistRefused(host: HostDevices, driver: string): readonly string[] {
  return host.devices
    .filter(
      (device) =>
        sameModule(device.driver ?? '', driver) || device.modules.some((name) => sameModule(name, driver)),
    )
    .flatMap((device) => {
      const use = host.usage.find(({ address }) => address === device.address)
      return use === undefined || !drives(device, driver)
        ? []
        : [
            `--blacklist ${driver}: drives ${shortAddress(device.address)}, which the host itself uses (${use.detail})`,
          ]
    })
}

/** A module that only fits a device in use beside its present driver may go. */
function drives(device: HostDevice, driver: string): boolean {
  return (
    device.driver === null || sameModule(device.driver, driver) || sameModule(device.modules[0] ?? '', driver)
  )
}

function matchNote(ids: string, devices: readonly HostDevice[]): string {
  return devices.length === 0
    ? `No device of this host has the ids ${ids} now.`
    : `vfio-pci takes all devices with the ids ${ids}: ${devices.map(({ address }) => shortAddress(address)).join(', ')}. To choose among them, use --device.`
}

function mateNote(host: HostDevices, device: HostDevice, taken: ReadonlySet<HostDevice>): readonly string[] {
  const mates = host.devices.filter(
    (mate) =>
      device.iommuGroup !== null &&
      mate.iommuGroup === device.iommuGroup &&
      ![...taken].includes(mate) &&
      !mate.bridge &&
      mate.driver !== null &&
      mate.driver !== VFIO_PCI,
  )
  if (mates.length === 0) return []
  const held = mates.flatMap((mate) => host.usage.find(({ address }) => address === mate.address) ?? [])[0]
  if (held !== undefined)
    return [
      `${shortAddress(device.address)} shares IOMMU group ${device.iommuGroup} with ${shortAddress(held.address)}, which the host itself uses (${held.detail}): no VM can get it.`,
    ]
  const named = mates.map(({ address, driver }) => `${shortAddress(address)} on ${driver}`).join(', ')
  return [
    `${shortAddress(device.address)} shares IOMMU group ${device.iommuGroup} with ${named}: no VM gets it while they stay there. Berth moves them with it when it gives the device; to have them on vfio-pci from boot, name them too.`,
  ]
}

function pfNote({ address, numVfs }: HostDevice): readonly string[] {
  return numVfs === 0
    ? []
    : [`${shortAddress(address)} has ${numVfs} virtual functions now: on vfio-pci it has none.`]
}

/** A soft dependency orders modules only. */
function builtInNote({ address, driver, builtIn }: HostDevice): readonly string[] {
  if (!builtIn || driver === VFIO_PCI) return []
  return [
    `${shortAddress(address)}: ${driver} is built into the kernel and has the device before vfio-pci, whatever its ids; --device ${shortAddress(address)} takes it away again.`,
  ]
}

/** What the initramfs loads comes before any unit. */
const driverNote =
  ({ early }: Choices) =>
  ({ address, driver, classId }: HostDevice): readonly string[] => {
    if (early || driver === null || driver === VFIO_PCI) return []
    const what = classId.startsWith('01')
      ? 'the unit then leaves it alone, as the host may have booted from it'
      : 'the unit then takes it away again'
    return [
      `${shortAddress(address)}: where ${driver} is loaded in the initramfs or built into the kernel, it has the device before the unit runs; ${what}. With --early the devices are bound in the initramfs.`,
    ]
  }
