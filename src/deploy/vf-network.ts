/** VFs that a VM gets as network interfaces: what must be so before, what is written down, and what must be gone afterwards. */
import { type Address, parseAddress } from '../model/address.ts'
import { BerthError, CommandFailed, Conflict } from '../model/errors.ts'
import type { DeviceFault } from '../model/event.ts'
import type { AttachOrder, DeployOrder, JournalEntry, PromisedDevice, VmOrder } from '../model/order.ts'
import type { VfNetwork } from '../model/request.ts'
import {
  ipLink,
  isUp,
  NO_MAC,
  type VfPlace,
  type VfSettings,
  vfPlace,
  vfSettings,
} from '../vfio/vf-network.ts'
import { type DeployPorts, waitFor } from './ports.ts'

const STEP = 'original-vf-network'

type GivingOrder = DeployOrder | AttachOrder

interface NetworkDevice extends PromisedDevice {
  readonly network: VfNetwork
}

const networkDevices = ({ devices }: GivingOrder): readonly NetworkDevice[] =>
  devices.filter((device): device is NetworkDevice => device.network !== undefined)

/** Conflict `pf-down`: libvirt refuses to set a VF up through a PF that is not (virNetDevSaveNetConfig), as it would have no effect. */
export async function assertPfsUp(order: GivingOrder, ports: DeployPorts): Promise<void> {
  for (const { address } of networkDevices(order)) {
    const { pf, interfaces } = await placeOf(address, ports)
    const up = await Promise.all(interfaces.map((name) => isUp(ports.sysfs, name)))
    if (up.includes(true)) continue
    const [first] = interfaces
    throw new Conflict(
      'pf-down',
      first === undefined
        ? `${address} cannot be a network interface: its physical function ${pf} has none itself; is its driver loaded?`
        : `${address} cannot be a network interface: ${interfaces.join(', ')} of its physical function ${pf} is down; \`ip link set ${first} up\` changes that`,
      { address, pf, interfaces },
    )
  }
}

/** What a VF had before, and the MAC address that its VM was given; null = libvirt chose it. */
interface Written extends VfSettings {
  readonly given: string | null
}

/** MAC address and VLAN of before, once, before libvirt sets them. */
export async function writeDownVfNetwork(
  order: GivingOrder,
  journal: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<void> {
  const devices = networkDevices(order)
  if (devices.length === 0 || journal.some(({ step }) => step === STEP)) return
  const settings: Record<string, Written> = {}
  for (const { address, network } of devices) {
    const before = await settingsOf(await placeOf(address, ports), ports)
    settings[address] = { ...before, given: network.mac }
  }
  await ports.journal.append(order, { step: STEP, state: 'done', facts: { settings } })
}

/** CommandFailed `vf-network-differs`: the domain runs, and the PF does not know what was asked for. */
export async function verifyVfNetwork(order: GivingOrder, ports: DeployPorts): Promise<void> {
  for (const { address, network } of networkDevices(order)) {
    const { mac, vlan } = await settingsOf(await placeOf(address, ports), ports)
    if ((network.mac === null || network.mac === mac) && network.vlan === vlan) continue
    throw new CommandFailed(
      'vf-network-differs',
      `${address} was to have MAC ${network.mac ?? '(any)'} and VLAN ${network.vlan}, and has ${mac} and ${vlan}, although the domain runs`,
      { address, wanted: network, has: { mac, vlan } },
    )
  }
}

/** libvirt sets them back before it rebinds the device. */
const SETTLE_MS = 3_000

/**
 * `missing`, and the VFs of the order that still have what was set for the VM, by the journals of the orders that gave them. Call it after the order's domain
 * is gone and its devices were brought back. A VF that is not there any more has lost it with itself.
 */
export async function withVfNetwork(
  order: VmOrder,
  missing: readonly DeviceFault[],
  journal: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<readonly DeviceFault[]> {
  const left = [...missing]
  for (const [address, before] of writtenDown(journal)) {
    if (!order.devices.some((device) => device.address === address)) continue
    if (missing.some((one) => one.address === address)) continue
    const failure = await leftOn(address, before, ports)
    if (failure !== null) left.push(failure)
  }
  return left
}

function writtenDown(journal: readonly JournalEntry[]): readonly (readonly [Address, Written])[] {
  const settings = journal.filter(({ step }) => step === STEP).flatMap(({ facts }) => facts.settings ?? [])
  return settings
    .flatMap((one) => Object.entries(one ?? {}))
    .flatMap(([text, value]: [string, unknown]) => {
      const address = parseAddress(text)
      if (address === null || typeof value !== 'object' || value === null) return []
      if (!('mac' in value && 'vlan' in value)) return []
      const { mac, vlan } = value
      const given = 'given' in value && typeof value.given === 'string' ? value.given : null
      return typeof mac === 'string' && typeof vlan === 'number'
        ? [[address, { mac, vlan, given }] as const]
        : []
    })
}

/** Where a driver takes no zero MAC, libvirt sets this one in its place (virNetDevSetNetConfig). */
const NEARLY_NO_MAC = '02:00:00:00:00:00'

async function leftOn(address: Address, before: Written, ports: DeployPorts): Promise<DeviceFault | null> {
  const place = await vfPlace(ports.sysfs, address)
  if (place === null) return null
  let now: VfSettings = before
  try {
    const gone = await waitFor(ports.clock, SETTLE_MS, async () => {
      now = await settingsOf(place, ports)
      return isClean(now, before)
    })
    if (gone) return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { address, code: error.code, message: error.message }
  }
  const name = place.interfaces[0] ?? place.pf
  return {
    address,
    code: 'vf-network-left',
    message: `${address} still has MAC ${now.mac} and VLAN ${now.vlan} of its VM; \`ip link set ${name} vf ${place.index} mac ${before.mac} vlan ${before.vlan}\` takes them off`,
  }
}

/** A host driver that is back on the VF may have chosen another MAC by now; the VM's own is what must be gone. */
function isClean({ mac, vlan }: VfSettings, before: Written): boolean {
  const freed = [before.mac, NO_MAC, NEARLY_NO_MAC].includes(mac)
  const others = before.given !== null && before.given !== mac
  return (freed || others) && (vlan === before.vlan || vlan === 0)
}

async function placeOf(address: Address, ports: DeployPorts): Promise<VfPlace> {
  const place = await vfPlace(ports.sysfs, address)
  if (place !== null) return place
  throw new Conflict('device-missing', `${address} is no virtual function (any more)`, { address })
}

function settingsOf(place: VfPlace, ports: DeployPorts): Promise<VfSettings> {
  return vfSettings(place, ports.vfSettings ?? ipLink)
}
