/** What the values of known template attributes must look like: a JSON Schema over the tree's strings, and its formats. */
import { parseAddress } from '../model/address.ts'
import { parseHexId } from '../model/ids.ts'
import { hundredthsOfCores } from './cores.ts'

interface Format {
  readonly validate: (text: string) => boolean
  /** Ends the sentence "NAME = ... : expected". */
  readonly expected: string
}

const whole = (least: number, most: number) => (text: string) =>
  /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most

const oneOf = (...words: readonly string[]): Format => ({
  validate: (text) => words.includes(text.toUpperCase()),
  expected: words.map((word) => `"${word}"`).join(' or '),
})

const pattern = (expression: RegExp, expected: string): Format => ({
  validate: (text) => expression.test(text),
  expected,
})

/** Values are checked without the blanks around them; an empty value counts as left out. */
export const FORMATS = {
  name: pattern(/^[^\p{Cc}]{1,128}$/u, 'one line of at most 128 characters'),
  expression: { validate: () => true, expected: 'an expression in quotes' },
  cores: {
    validate: (text) => hundredthsOfCores(text) !== null,
    expected: 'a number of cores such as 4 or 0.5',
  },
  vcpu: { validate: whole(1, 4096), expected: 'a whole number of virtual CPUs from 1 to 4096' },
  mebibytes: {
    validate: whole(0, 1e12),
    expected: 'a whole number of MiB up to 1000000000000, without a unit',
  },
  id: {
    validate: (text) => parseHexId(text) !== null,
    expected: 'a hexadecimal number up to ffff (leave it out to match any)',
  },
  address: {
    validate: (text) => parseAddress(text) !== null,
    expected: 'a PCI address such as "0000:3b:00.0" or "3b:00.0"',
  },
  'usb-number': {
    validate: (text) => /^\d{1,3}$/.test(text) && Number(text) > 0,
    expected: 'a decimal number from 1 to 999, as lsusb prints it',
  },
  'usb-port': pattern(
    /^[1-9]\d{0,2}-\d{1,3}(?:\.\d{1,3}){0,6}$/,
    'a USB port such as "1-2" or "1-2.3" (bus, then the ports on the way)',
  ),
  count: { validate: whole(1, 64), expected: 'a whole number from 1 to 64' },
  'yes-no': oneOf('YES', 'NO'),
  kind: oneOf('VF', 'PF', 'PLAIN', 'ANY'),
  functions: oneOf('ALL'),
  'pci-type': oneOf('NIC'),
  vlan: { validate: whole(0, 4094), expected: 'a VLAN from 0 (untagged) to 4094' },
  numa: oneOf('REQUIRED', 'PREFERRED', 'NONE'),
  path: pattern(/^\//, 'an absolute path on the host'),
  'disk-format': pattern(/^[a-z0-9]+$/i, 'a disk format such as "raw" or "qcow2"'),
  target: pattern(/^(?:vd|sd|hd)[a-z]{1,2}$/, 'a guest device such as "vda", "sda" or "hda"'),
  prefix: oneOf('VD', 'SD', 'HD'),
  mac: pattern(
    /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i,
    'a unicast MAC address such as "02:00:0a:00:00:01"',
  ),
  interface: pattern(/^[^\s/]{1,15}$/, 'a network interface name (at most 15 characters)'),
  port: { validate: whole(1, 65535), expected: 'a port from 1 to 65535' },
  token: pattern(/^[A-Za-z0-9_.+-]+$/, 'one word of letters, digits and ".", "_", "-", "+"'),
} satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof FORMATS

const value = (format: FormatName) => ({ type: 'string', format })

const blocks = (properties: Readonly<Record<string, ReturnType<typeof value>>>) => ({
  type: 'array',
  items: { type: 'object', properties },
})

/** Attributes that are blocks in brackets and may be repeated. */
const VECTORS = {
  PCI: blocks({
    VENDOR: value('id'),
    DEVICE: value('id'),
    CLASS: value('id'),
    ADDRESS: value('address'),
    SHORT_ADDRESS: value('address'),
    COUNT: value('count'),
    KIND: value('kind'),
    FUNCTIONS: value('functions'),
    OPTIONAL: value('yes-no'),
    MANAGED: value('yes-no'),
    TYPE: value('pci-type'),
    MAC: value('mac'),
    VLAN_ID: value('vlan'),
  }),
  USB: blocks({
    VENDOR: value('id'),
    PRODUCT: value('id'),
    BUS: value('usb-number'),
    DEVICE: value('usb-number'),
    PORT: value('usb-port'),
  }),
  DISK: blocks({
    SOURCE: value('path'),
    FORMAT: value('disk-format'),
    TARGET: value('target'),
    DEV_PREFIX: value('prefix'),
    CDROM: value('yes-no'),
    READONLY: value('yes-no'),
  }),
  NIC: blocks({ BRIDGE: value('interface'), MAC: value('mac'), MODEL: value('token') }),
  GRAPHICS: blocks({ PORT: value('port') }),
  RAW: blocks({}),
} as const

export type VectorName = keyof typeof VECTORS

export const VECTOR_NAMES: ReadonlySet<string> = new Set(Object.keys(VECTORS))

/** The tree as one object: known blocks as arrays of objects, everything else as its first value. */
export const TEMPLATE_SCHEMA = {
  type: 'object',
  properties: {
    NAME: value('name'),
    CPU: value('cores'),
    VCPU: value('vcpu'),
    MEMORY: value('mebibytes'),
    PCI_NUMA_POLICY: value('numa'),
    SCHED_REQUIREMENTS: value('expression'),
    SCHED_RANK: value('expression'),
    MACHINE: value('token'),
    OS: { type: 'object', properties: { MACHINE: value('token') } },
    CPU_MODEL: {
      if: { type: 'object' },
      // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
      then: { properties: { MODEL: value('token') } },
      else: value('token'),
    },
    ...VECTORS,
  },
} as const

/** Attributes that Berth reads; all others are kept and passed over. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set(Object.keys(TEMPLATE_SCHEMA.properties))
