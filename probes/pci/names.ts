/** Names of vendors, devices and classes out of pci.ids: the file is searched for what is asked, never read line by line. */
import { readFileSync } from 'node:fs'
import type { Device } from '../../src/model/device.ts'
import { orAbsent } from '../read.ts'

/** Where Debian, Red Hat and others put it. */
export const PCI_IDS_FILES: readonly string[] = [
  '/usr/share/misc/pci.ids',
  '/usr/share/hwdata/pci.ids',
  '/usr/share/pci.ids',
]

type Names = Pick<Device, 'vendorName' | 'deviceName' | 'className'>

/** Names of a device; null each where the database has none. A class without a name goes by its base class. */
export type NameDevice = (device: Pick<Device, 'vendorId' | 'deviceId' | 'classId'>) => Names

/** The first of `files` that exists (CommandFailed `unreadable` where it can't be read); null = there is none. */
export function findPciIds(files: readonly string[]): Buffer | null {
  for (const file of files) {
    const content = orAbsent(file, () => readFileSync(file))
    if (content !== null) return content
  }
  return null
}

interface Section {
  readonly name: string
  /** Of the line below the heading, and of the next heading. */
  readonly start: number
  readonly end: number
}

/**
 * pci.ids: `vendor  name`, below it `<tab>device  name`; classes are `C class  name`, below it `<tab>subclass  name`
 * (format in the file's own head). Each heading is searched once and remembered.
 */
export function pciNames(database: Buffer | null): NameDevice {
  if (database === null) return () => ({ vendorName: null, deviceName: null, className: null })
  const sections = new Map<string, Section | null>()
  const names = new Map<string, string | null>()
  const section = (heading: string) => remembered(sections, heading, () => findSection(database, heading))
  const entry = (heading: string, id: string) =>
    remembered(names, `${heading}:${id}`, () => findEntry(database, section(heading), id))
  return ({ vendorId, deviceId, classId }) => {
    const base = `C ${classId.slice(0, 2)}`
    return {
      vendorName: section(vendorId)?.name ?? null,
      deviceName: entry(vendorId, deviceId),
      className: entry(base, classId.slice(2)) ?? section(base)?.name ?? null,
    }
  }
}

function remembered<T>(known: Map<string, T>, key: string, find: () => T): T {
  const before = known.get(key)
  if (before !== undefined) return before
  const value = find()
  known.set(key, value)
  return value
}

const NEWLINE = 10
const TAB = 9
const HASH = 35

function findSection(database: Buffer, heading: string): Section | null {
  const at = database.indexOf(`\n${heading}  `)
  if (at < 0) return null
  const start = lineEnd(database, at + 1) + 1
  let end = start
  while (end < database.length && (database[end] === TAB || database[end] === HASH))
    end = lineEnd(database, end) + 1
  return { name: nameIn(database, at + 1 + heading.length, start - 1), start, end }
}

/** Lines of subsystems begin with two tabs, so one tab and an id is a device. */
function findEntry(database: Buffer, section: Section | null, id: string): string | null {
  if (section === null) return null
  const body = database.subarray(section.start - 1, section.end)
  const at = body.indexOf(`\n\t${id}  `)
  return at < 0 ? null : nameIn(body, at + 2 + id.length, lineEnd(body, at + 1))
}

function lineEnd(text: Buffer, from: number): number {
  const at = text.indexOf(NEWLINE, from)
  return at < 0 ? text.length : at
}

function nameIn(text: Buffer, from: number, to: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name from a damaged file must not reach a terminal raw
  const name = text.toString('utf8', from, to).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
  return name.trim()
}
