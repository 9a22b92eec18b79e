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
  const tolerant = <T>(parse: () => readonly T[]): readonly T[] => {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      warn(`${options.config}: ${error.message}; it selects nothing`)
      return []
    }
  }
  const choose = <T>(
    own: readonly string[] | undefined,
    filed: readonly string[] | null,
    parse: (text: string) => readonly T[],
    parseFiled = parse,
  ): readonly T[] | null => {
    if (own !== undefined) return fromCommandLine(() => own.flatMap(parse))
    return filed?.flatMap((text) => tolerant(() => parseFiled(text))) ?? null
  }
  const narrowing = (list: readonly string[] | undefined) => (list?.length ? list : null)
  const addresses = choose(
    options['short-address'],
    narrowing(conf?.shortAddresses),
    parseShortAddress,
    parseExactAddress,
  )
  for (const key of conf?.strayKeys ?? [])
    warn(`${options.config}: ${key} has no colon before it and means nothing; write :${key}`)
  return {
    filter: choose(options.filter, filterParts(conf), parseFilter),
    filterOfFile: options.filter === undefined && conf !== null,
    addresses: addresses === null ? null : new Set(addresses),
    names: choose(options['device-name'], narrowing(conf?.deviceNames), parsePattern, (text) =>
      parsePattern(ofRubyPattern(text)),
    ),
    nvidiaVendors: conf?.nvidiaVendors ?? ['10de'],
  }
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
