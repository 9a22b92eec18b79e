/** A PCI function's folder below a sysfs root: where it is, what is in it, and how its files are read without failing for one. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import { BerthError } from '../../src/model/errors.ts'
import { lastPart, readAttribute, readDirUnsorted, readLink, type Warn } from '../read.ts'

/** A function's folder, what is in it, and where to complain. */
export interface Folder {
  /** Without links in it where the tree allows: each costs the kernel a second walk for every file. */
  readonly base: string
  readonly address: Address
  /** What the link in bus/pci/devices says. */
  readonly target: string | null
  readonly entries: readonly string[]
  readonly warn: Warn
}

/** From bus/pci/devices to the root. */
const UP = '../../../'

/** Null, and told to `warn`, where the link is named like no address or leads nowhere. */
export function openFolder(sysfs: string, name: string, warn: Warn): Folder | null {
  const link = `${sysfs}/bus/pci/devices/${name}`
  const address = parseAddress(name)
  if (address === null) {
    warn(`${link} is named like no PCI address; left out`)
    return null
  }
  const unopened = { base: link, address, target: null, entries: [], warn }
  const target = attempt(unopened, null, () => readLink(link))
  const direct = target?.startsWith(UP) ? `${sysfs}/${target.slice(UP.length)}` : link
  // Where `bus` or `pci` is a link itself, only the kernel finds the way.
  for (const base of direct === link ? [link] : [direct, link]) {
    const entries = attempt(unopened, null, () => readDirUnsorted(base))
    if (entries !== null) return { base, address, target, entries, warn }
  }
  warn(`${address}: ${link} leads nowhere; left out`)
  return null
}

/** Reads, or warns and gives `otherwise` where that fails. */
export function attempt<T>({ address, warn }: Folder, otherwise: T, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    warn(`${address}: ${error.message}; taken as unknown`)
    return otherwise
  }
}

export function attribute(folder: Folder, name: string): string | null {
  if (!folder.entries.includes(name)) return null
  return attempt(folder, null, () => readAttribute(`${folder.base}/${name}`))
}

/** The last part of what the link points at. */
export function linkedName(folder: Folder, name: string): string | null {
  if (!folder.entries.includes(name)) return null
  const target = attempt(folder, null, () => readLink(`${folder.base}/${name}`))
  return target === null ? null : lastPart(target)
}
