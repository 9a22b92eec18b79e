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

/**
 * The first of `files` that exists, a character a byte (names.ts decodes what it takes out); null = there is none.
 * CommandFailed `unreadable`.
 */
export function findPciIds(files: readonly string[]): string | null {
  for (const file of files) {
    const content = orAbsent(file, () => readFileSync(file, 'latin1'))
    if (content !== null) return content
  }
  return null
}

interface Section {
  readonly name: string
  /** Of the newlines after the heading and before the next one. */
  readonly start: number
  readonly end: number
}

/**
 * pci.ids: `vendor  name`, below it `<tab>device  name`; classes are `C class  name`, below it `<tab>subclass  name`
 * (format in the file's own head). Each heading is searched once and remembered.
 */
export function pciNames(database: string | null): NameDevice {
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

function findSection(database: string, heading: string): Section | null {
  const at = headingLine(database, `${heading}  `)
  if (at === null) return null
  const start = lineEnd(database, at)
  // Below a heading stand lines with a tab before them, and comments.
  let end = start
  while (database[end + 1] === '\t' || database[end + 1] === '#') end = lineEnd(database, end + 1)
  return { name: nameIn(database, at + heading.length, start), start, end }
}

/** Where the line begins that begins with `text`; null = there is none. */
function headingLine(database: string, text: string): number | null {
  if (database.startsWith(text)) return 0
  // Classes stand at the end: searched from there, not through a megabyte of vendors.
  const from = text.startsWith('C ') ? database.lastIndexOf('\nC 00  ') : 0
  const newline = database.indexOf(`\n${text}`, from)
  return newline < 0 ? null : newline + 1
}

/** Lines of subsystems begin with two tabs, so one tab and an id is a device. */
function findEntry(database: string, section: Section | null, id: string): string | null {
  if (section === null) return null
  const at = database.indexOf(`\n\t${id}  `, section.start)
  return at < 0 || at >= section.end ? null : nameIn(database, at + 2 + id.length, lineEnd(database, at + 1))
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at < 0 ? text.length : at
}

function nameIn(text: string, from: number, to: number): string {
  const name = Buffer.from(text.slice(from, to), 'latin1').toString('utf8')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name from a damaged file must not reach a terminal raw
  return name.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
}
