/** The truth about the lab host, as the kernel and libvirt tell it: never as Berth does. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from './lab.ts'

export interface Facts {
  /** Every PCI function; null = no driver. */
  readonly drivers: Readonly<Record<string, string | null>>
  readonly groups: Readonly<Record<string, number>>
  /** Groups that have a file in /dev/vfio. */
  readonly vfio: readonly number[]
  /** Running domains and the addresses of their PCI hostdevs, hostdev interfaces too, as `virsh dumpxml` has them. */
  readonly domains: Readonly<Record<string, readonly string[]>>
}

// Few processes: a fork takes 50 ms in emulation.
const SCRIPT = `
for device in /sys/bus/pci/devices/*; do echo "device \${device##*/}"; done
# A card may be pulled while it looks.
find /sys/bus/pci/devices/*/driver /sys/bus/pci/devices/*/iommu_group -maxdepth 0 -printf '%p %l\\n' || true
for file in /dev/vfio/*; do echo "vfio \${file##*/}"; done
for domain in $(virsh list --name); do echo "domain $domain"; virsh dumpxml "$domain" || true; done
`
const TIMEOUT_MS = 120_000
/** A look costs the host a second of its two processors: looking all the time would slow down what is waited for. */
const POLL_MS = 1000

export async function readFacts(lab: Lab): Promise<Facts> {
  const drivers: Record<string, string | null> = {}
  const groups: Record<string, number> = {}
  const text = await lab.output(SCRIPT, TIMEOUT_MS)
  for (const [, address = ''] of text.matchAll(/^device (\S+)$/gm)) drivers[address] = null
  for (const [, address = '', kind, name = ''] of text.matchAll(
    /^\/sys\S*\/([^/\s]+)\/(driver|iommu_group) \S*\/(\S+)$/gm,
  ))
    if (kind === 'driver') drivers[address] = name
    else groups[address] = Number(name)
  const vfio = [...text.matchAll(/^vfio (\d+)$/gm)].map(([, group]) => Number(group))
  return { drivers, groups, vfio, domains: domainsOf(text) }
}

function domainsOf(text: string): Facts['domains'] {
  const domains: Record<string, readonly string[]> = {}
  for (const part of text.split(/^domain /m).slice(1)) {
    const hostdevs = part.match(/<(hostdev|interface) [\s\S]*?<\/\1>/g) ?? []
    domains[part.slice(0, part.indexOf('\n'))] = hostdevs.flatMap(addressOf).sort()
  }
  return domains
}

function addressOf(hostdev: string): string[] {
  const match =
    /<source>\s*<address (?:type='pci' )?domain='0x(\w+)' bus='0x(\w+)' slot='0x(\w+)' function='0x(\w+)'/.exec(
      hostdev,
    )
  return match ? [`${match[1]}:${match[2]}:${match[3]}.${match[4]}`] : []
}

/** Asks until the facts are as wanted; after `timeoutMs` it rejects with what they are. */
export async function untilFacts(
  lab: Lab,
  what: string,
  wanted: (facts: Facts) => boolean,
  timeoutMs = 300_000,
): Promise<Facts> {
  for (const end = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    const facts = await readFacts(lab)
    if (wanted(facts)) return facts
    if (Date.now() > end)
      throw new Error(
        `not so after ${timeoutMs / 1000} s: ${what}; but\n${JSON.stringify(facts, null, 1)}\n${await lab.log()}`,
      )
  }
}
