/** MAC addresses and VLANs of simulated VFs: set by libvirt for a hostdev interface through the PF, told by `ip link`, taken off again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sourceAddress } from '../libvirt/domain-facts.ts'
import { childElements, type Element, firstChild, parseXml } from '../libvirt/xml.ts'
import { type Address, parseAddress } from '../model/address.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import { isUp, NO_MAC, type ReadVfSettings, type VfSettings, vfPlace } from '../vfio/vf-network.ts'

const FILE = '.berth/vf-network.json'

/** What libvirt gives a guest's interface that has none of its own. */
const CHOSEN_MAC = '52:54:00:5e:00:01'

/** Of each hostdev interface of a domain. */
export function interfacesOfDomain(xml: string): ReadonlyMap<Address, VfSettings> {
  const devices = childElements(parseXml(xml), 'devices').flatMap((one) => childElements(one, 'interface'))
  const settings = new Map<Address, VfSettings>()
  for (const device of devices) {
    const address = device.attributes.type === 'hostdev' ? sourceAddress(device) : null
    if (address !== null) settings.set(address, settingsOf(device))
  }
  return settings
}

function settingsOf(device: Element): VfSettings {
  const tag = firstChild(firstChild(device, 'vlan'), 'tag')
  return {
    mac: firstChild(device, 'mac')?.attributes.address ?? CHOSEN_MAC,
    vlan: Number(tag?.attributes.id ?? 0),
  }
}

/** Why libvirt would not set the VF up, in its words (virNetDevSaveNetConfig); null = it would. */
export async function whyNoInterface(sysfs: Sysfs, vf: Address): Promise<string | null> {
  const place = await vfPlace(sysfs, vf)
  const [name] = place?.interfaces ?? []
  if (place === null || name === undefined)
    return `unsupported configuration: interface type hostdev is currently supported on SR-IOV Virtual Functions only`
  if (await isUp(sysfs, name)) return null
  return `internal error: Unable to configure VF ${place.index} of PF '${name}' because the PF is not online. Please change host network config to put the PF online.`
}

export function setVfSettings(dir: string, settings: Iterable<readonly [Address, VfSettings]>): void {
  writeFileSync(join(dir, FILE), JSON.stringify({ ...stored(dir), ...Object.fromEntries(settings) }))
}

export function clearVfSettings(dir: string, addresses: readonly Address[]): void {
  const gone = new Set<string>(addresses)
  const kept = Object.entries(stored(dir)).filter(([address]) => !gone.has(address))
  writeFileSync(join(dir, FILE), JSON.stringify(Object.fromEntries(kept)))
}

function stored(dir: string): Readonly<Record<string, VfSettings>> {
  const path = join(dir, FILE)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** As `ip link show` of the simulated host whose kernel is `sysfs`. */
export function simulatedVfSettings(sysfs: Sysfs): ReadVfSettings {
  return async (pfInterface) => {
    const known = stored(dirname(sysfs.root))
    const settings = new Map<number, VfSettings>()
    for (const name of await sysfs.list('bus/pci/devices')) {
      const vf = parseAddress(name)
      const place = vf === null ? null : await vfPlace(sysfs, vf)
      if (place?.interfaces.includes(pfInterface))
        settings.set(place.index, known[name] ?? { mac: NO_MAC, vlan: 0 })
    }
    return settings
  }
}
