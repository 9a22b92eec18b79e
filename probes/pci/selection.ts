/** Which devices `berth probe pci` prints: filter, short addresses and name patterns, all of which must agree. */
import { readFileSync } from 'node:fs'
import { type Address, parseAddress, shortAddress } from '../../src/model/address.ts'
import { InvalidInput } from '../../src/model/errors.ts'
import { fromCommandLine } from '../arguments.ts'
import { orAbsent, type Warn } from '../read.ts'
import type { PciConf } from './conf.ts'
import { type Filter, parseFilter, passes } from './filter.ts'
import type { ProbedDevice } from './parse.ts'
import { ofRubyPattern } from './ruby-pattern.ts'

/** Null = no restriction; an empty filter or list lets nothing through. */
export interface Selection {
  readonly filter: Filter | null
  /** The filter is OpenNebula's own, whose terms decide the order as well. */
  readonly filterOfFile: boolean
  readonly addresses: ReadonlySet<Address> | null
  readonly names: readonly RegExp[] | null
  readonly nvidiaVendors: readonly string[]
}

export interface SelectionOptions {
  readonly filter?: readonly string[]
  readonly config?: string
  readonly 'short-address'?: readonly string[]
  readonly 'device-name'?: readonly string[]
}

/**
 * The command line's selection, else that of the configuration file. What is wrong on the command line is a UsageError
 * (`wrong-filter`, `wrong-address`, `wrong-pattern`); what is wrong in the file is named to `warn` and lets nothing
 * through, as in OpenNebula. InvalidInput `no-config`, `wrong-config` where the file can't be used at all.
 */
export async function readSelection(options: SelectionOptions, warn: Warn): Promise<Selection> {
  const conf = options.config === undefined ? null : await readConf(options.config)
  const complain = (message: string) => warn(`${options.config}: ${message}`)
  for (const key of conf?.strayKeys ?? [])
    complain(`${key} has no colon before it and means nothing; write :${key}`)
  const given = <T>(texts: readonly string[], parse: Parse<T>) => fromCommandLine(() => texts.flatMap(parse))
  const filed = <T>(texts: readonly string[] | null, parse: Parse<T>) =>
    texts?.flatMap((text) => tolerantly(text, parse, complain)) ?? null
  const { filter, 'short-address': addresses, 'device-name': names } = options
  const chosen = addresses
    ? given(addresses, parseShortAddress)
    : filed(narrowing(conf?.shortAddresses), parseExactAddress)
  return {
    filter: filter ? given(filter, parseFilter) : filed(filterParts(conf), parseFilter),
    filterOfFile: filter === undefined && conf !== null,
    addresses: chosen === null ? null : new Set(chosen),
    names: names ? given(names, parsePattern) : filed(narrowing(conf?.deviceNames), parseRubyPattern),
    nvidiaVendors: conf?.nvidiaVendors ?? ['10de'],
  }
}

type Parse<T> = (text: string) => readonly T[]

/** What cannot be parsed is told and selects nothing. */
function tolerantly<T>(text: string, parse: Parse<T>, complain: Warn): readonly T[] {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    complain(`${error.message}; it selects nothing`)
    return []
  }
}

/** An empty list restricts nothing. */
function narrowing(list: readonly string[] | undefined): readonly string[] | null {
  return list?.length ? list : null
}

/** Each part by itself, as OpenNebula runs lspci once a part: a wrong one takes nothing from the others. */
function filterParts(conf: PciConf | null): readonly string[] | null {
  return conf?.filters?.flatMap((text) => text.split(',')) ?? null
}

async function readConf(file: string): Promise<PciConf> {
  const text = orAbsent(file, () => readFileSync(file, 'utf8'))
  if (text === null) throw new InvalidInput('no-config', `${file} does not exist`, { file })
  const { parsePciConf } = await import('./conf.ts')
  return parsePciConf(text, file)
}

function parseShortAddress(text: string): readonly Address[] {
  const address = parseAddress(text.trim())
  if (address === null)
    throw new InvalidInput('wrong-address', `"${text}" is no PCI address such as 3b:00.0`, { text })
  return [address]
}

/** OpenNebula compares the text: `0000:3b:00.0` or `3B:00.0` is no device's there. */
function parseExactAddress(text: string): readonly Address[] {
  const [address] = parseShortAddress(text)
  if (address !== undefined && text === shortAddress(address)) return [address]
  throw new InvalidInput(
    'wrong-address',
    `"${text}" must be written as lspci writes it: ${address && shortAddress(address)}`,
    { text },
  )
}

function parsePattern(text: string): readonly RegExp[] {
  try {
    return [new RegExp(text, 'i')]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidInput('wrong-pattern', `device name pattern "${text}": ${reason}`, { text }, error)
  }
}

function parseRubyPattern(text: string): readonly RegExp[] {
  return parsePattern(ofRubyPattern(text))
}

/** The devices that filter and addresses let through: names play no part yet. */
export function selectDevices(
  devices: readonly ProbedDevice[],
  selection: Selection,
): readonly ProbedDevice[] {
  const { filter, addresses } = selection
  return devices.filter(
    (device) =>
      (filter === null || passes(filter, device)) && (addresses === null || addresses.has(device.address)),
  )
}

/** Whether one of the patterns occurs in the device's name; one without a name goes by `Device`, lspci's word for it. */
export function nameSelected(device: ProbedDevice, selection: Selection): boolean {
  return selection.names?.some((pattern) => pattern.test(device.deviceName ?? 'Device')) ?? true
}
