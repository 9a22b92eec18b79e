/** The PCI probe: sysfs files to devices with names and identities. */
import { type Address, compareAddresses } from '../../src/model/address.ts'
import type { Warn } from '../read.ts'
import { identities } from './identity.ts'
import type { NameDevice } from './names.ts'
import { type ProbedDevice, parseFunction } from './parse.ts'
import { withReservedMemory } from './reserved-memory.ts'
import { type Detail, readFunctions } from './sysfs.ts'

/**
 * Every PCI function below `sysfs`, in address order, without names. One whose class, vendor or device can't be read is
 * left out and named to `warn`. With few details there are ids, NUMA node, SR-IOV and network interfaces only. NotFound
 * `no-sysfs` where `sysfs` has no PCI bus.
 */
export function probePci(sysfs: string, warn: Warn, detail: Detail = 'all'): readonly ProbedDevice[] {
  const raws = readFunctions(sysfs, warn, detail)
  const devices: ProbedDevice[] = []
  for (const raw of raws) {
    const device = parseFunction(raw)
    if ('unreadable' in device) warn(`${raw.address}: no readable ${device.unreadable}; left out`)
    else devices.push(device)
  }
  devices.sort((a, b) => compareAddresses(a.address, b.address))
  if (detail === 'few') return devices
  const places = new Map<Address, (typeof raws)[number]>(raws.map((raw) => [raw.address, raw]))
  const found = identities(devices, places)
  const identified = devices.map((device) => ({ ...device, identity: found.get(device.address) ?? null }))
  return withReservedMemory(sysfs, identified, warn)
}

/** The device with its names. */
export function named<T extends ProbedDevice>(device: T, name: NameDevice): T {
  return { ...device, ...name(device) }
}
