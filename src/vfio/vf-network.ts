/** A VF's MAC address and VLAN as its PF's driver holds them, which is where libvirt sets them and where they must be gone afterwards. */
import { execa } from 'execa'
import { type Address, parseAddress } from '../model/address.ts'
import { CommandFailed } from '../model/errors.ts'
import { pfState } from './sriov.ts'
import type { Sysfs } from './sysfs.ts'

export interface VfSettings {
  /** Lower case; all zero = the guest's driver chooses. */
  readonly mac: string
  /** 0 = untagged. */
  readonly vlan: number
}

/** Of all VFs of the PF that has this network interface, by index. CommandFailed `vf-network-unreadable`. */
export type ReadVfSettings = (pfInterface: string) => Promise<ReadonlyMap<number, VfSettings>>

/** Where a VF's settings are kept. */
export interface VfPlace {
  readonly pf: Address
  readonly index: number
  /** Of the PF; [] where its driver makes none. */
  readonly interfaces: readonly string[]
}

/** Null = it is no VF, or not there any more. */
export async function vfPlace(sysfs: Sysfs, vf: Address): Promise<VfPlace | null> {
  const pf = parseAddress((await sysfs.link(`bus/pci/devices/${vf}/physfn`)) ?? '')
  const index = pf === null ? -1 : ((await pfState(sysfs, pf))?.vfs.indexOf(vf) ?? -1)
  if (pf === null || index < 0) return null
  return { pf, index, interfaces: await sysfs.list(`bus/pci/devices/${pf}/net`) }
}

/** IFF_UP (netdevice(7)): what is set through an interface that is down has no effect, and nobody says so. */
export async function isUp(sysfs: Sysfs, name: string): Promise<boolean> {
  const flags = await sysfs.read(`class/net/${name}/flags`)
  return flags !== null && (Number(flags) & 1) === 1
}

/** Of the first interface that tells of this VF: a PF in switchdev mode has more. CommandFailed `vf-network-unreadable`. */
export async function vfSettings(place: VfPlace, read: ReadVfSettings): Promise<VfSettings> {
  for (const name of place.interfaces) {
    const found = (await read(name)).get(place.index)
    if (found !== undefined) return found
  }
  const where = place.interfaces.length === 0 ? 'has no network interface' : 'does not tell'
  throw unreadable(
    place.interfaces.join(', ') || place.pf,
    `${place.pf} ${where} of its virtual function ${place.index}`,
  )
}

const TIMEOUT_MS = 30_000

/** `ip -j link show` (iproute2), which prints what the kernel has in IFLA_VFINFO_LIST. */
export const ipLink: ReadVfSettings = async (pfInterface) => {
  try {
    const { stdout } = await execa('ip', ['-j', 'link', 'show', 'dev', pfInterface], {
      timeout: TIMEOUT_MS,
      stdin: 'ignore',
    })
    return parseVfSettings(JSON.parse(stdout))
  } catch (error) {
    const words = error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error)
    throw unreadable(pfInterface, words, error)
  }
}

/**
 * The document of one link: `[{ "vfinfo_list": [{ "vf": 0, "address": "02:..", "vlan_list": [{ "vlan": 7 }] }] }]`; earlier
 * iproute2 says `mac`, and `vlan` beside it. What is not said is zero.
 */
export function parseVfSettings(document: unknown): ReadonlyMap<number, VfSettings> {
  const settings = new Map<number, VfSettings>()
  for (const link of list(document))
    for (const entry of list(field(link, 'vfinfo_list'))) {
      const index = field(entry, 'vf')
      const mac = field(entry, 'address') ?? field(entry, 'mac')
      const vlan = field(list(field(entry, 'vlan_list'))[0], 'vlan') ?? field(entry, 'vlan')
      if (typeof index !== 'number') continue
      settings.set(index, {
        mac: typeof mac === 'string' ? mac.toLowerCase() : NO_MAC,
        vlan: typeof vlan === 'number' ? vlan : 0,
      })
    }
  return settings
}

export const NO_MAC = '00:00:00:00:00:00'

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return new Map<string, unknown>(Object.entries(value)).get(name)
}

function unreadable(pfInterface: string, why: string, cause?: unknown): CommandFailed {
  return new CommandFailed(
    'vf-network-unreadable',
    `The MAC addresses and VLANs of virtual functions cannot be read of ${pfInterface}: ${why}. Try 'ip link show ${pfInterface}' (iproute2).`,
    { interface: pfInterface },
    cause,
  )
}
