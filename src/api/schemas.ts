/** What requests may carry, as JSON Schema: all of it is checked before a handler runs. */
import { ROLES } from '../model/identity.ts'
import { VM_STATES } from '../model/vm.ts'
import { DEVICE_STATES } from '../view/documents.ts'

/** Names stand in URLs, folders and domain names, beside ids: nothing invisible, no slash, not only digits. */
const NAME = {
  type: 'string',
  maxLength: 128,
  pattern: '^(?!\\d+$)[^\\s\\p{C}/.-]([^\\p{C}/]*[^\\s\\p{C}/])?$',
  description:
    'a name: at most 128 visible characters without "/", not only digits, not beginning with "." or "-"',
} as const

const ATTRIBUTES = {
  type: 'object',
  maxProperties: 256,
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'letters, digits and _' },
  additionalProperties: { type: ['string', 'number'], maxLength: 1024 },
} as const

const PRIORITY = { type: 'integer', minimum: -1000000, maximum: 1000000 } as const
const TEXT = { type: 'string', minLength: 1, maxLength: 262144 } as const

/** A body with these properties and no others; one without required properties may be left out. */
function body(properties: Readonly<Record<string, object>>, required: readonly string[] = []) {
  const type = required.length === 0 ? ['object', 'null'] : 'object'
  return { type, properties, required, additionalProperties: false }
}

export const NO_BODY = body({})

export const ADD_HOST = body(
  {
    name: NAME,
    agent: { type: 'boolean' },
    driver: { enum: ['libvirt', 'simulator'] },
    uri: { type: 'string', minLength: 1, maxLength: 1024 },
    machine: { type: 'string', minLength: 1, maxLength: 128 },
    cluster: NAME,
    filter: { type: ['string', 'null'], maxLength: 4096 },
    attributes: ATTRIBUTES,
  },
  ['name'],
)

const PERIOD = { type: ['integer', 'null'], minimum: 1, maximum: 86400 } as const
export const CHANGE_HOST = {
  ...body({
    filter: { type: ['string', 'null'], maxLength: 4096 },
    periods: {
      type: 'object',
      properties: { devices: PERIOD, domains: PERIOD, capacity: PERIOD, readiness: PERIOD },
      additionalProperties: false,
    },
    attributes: {
      ...ATTRIBUTES,
      additionalProperties: { type: ['string', 'number', 'null'], maxLength: 1024 },
    },
  }),
  type: 'object',
}
export const PREPARE_HOST = body({
  args: { type: 'array', maxItems: 256, items: { type: 'string', maxLength: 4096 } },
})
const LIMIT = {
  type: 'string',
  pattern: '^([1-9]\\d{0,2}|1000)$',
  description: 'a number from 1 to 1000: list so many at most, and say in `Link` where the rest is',
} as const
const AFTER_ID = {
  type: 'string',
  pattern: '^\\d{1,9}$',
  description: 'an id: list only those behind it',
} as const
const NAMED = { type: 'string', minLength: 1, maxLength: 256 } as const

export const PAGE_QUERY = body({ limit: LIMIT, after: AFTER_ID })

export const RESERVE_DEVICE = body({ reserve: { type: 'boolean' } }, ['reserve'])
export const SET_VFS = body(
  { numVfs: { type: 'integer', minimum: 0, maximum: 65535 }, autoprobe: { type: 'boolean' } },
  ['numVfs'],
)
export const DRIFT = body({ host: { type: ['string', 'integer'] }, repair: { type: 'boolean' } })
export const GROUPS_QUERY = body({ libvirt: { enum: ['true', 'false'] } })

export const ALLOW_DEVICE = body({ allow: { type: 'boolean' } }, ['allow'])
export const CHANGE_DEVICE = body({
  reason: { type: 'string', maxLength: 1024, pattern: '\\S', description: 'a text that says something' },
})
export const DEVICE_QUERY = body({
  host: { ...NAMED, description: 'a name or id: only its devices' },
  filter: {
    type: 'string',
    minLength: 1,
    maxLength: 4096,
    description:
      'only devices that this filter passes, as `berth probe pci --filter` has it: vendor:device:class',
  },
  state: { enum: DEVICE_STATES, description: 'only devices in this state' },
  limit: LIMIT,
  after: {
    type: 'string',
    pattern: '^\\d{1,9}/[0-9A-Fa-f:.]{7,16}$',
    description: "a host's id and an address, such as 3/0000:3b:00.0: list only those behind it",
  },
})

export const MAP_QUERY = body({
  host: { ...NAMED, description: 'a name or id: only this host' },
  limit: LIMIT,
  after: AFTER_ID,
})

export const CREATE_TEMPLATE = body({ name: NAME, text: TEXT }, ['text'])
export const UPDATE_TEMPLATE = body({ name: NAME, text: TEXT, was: TEXT }, ['text'])
export const CHECK_TEMPLATE = body({ text: TEXT }, ['text'])
export const FIT_TEMPLATE = body(
  {
    text: TEXT,
    limit: { type: 'integer', minimum: 1, maximum: 10000 },
    afterWaiting: { type: 'boolean' },
  },
  ['text'],
)
export const FIT_QUERY = body({
  limit: {
    type: 'string',
    pattern: '^([1-9]\\d{0,3}|10000)$',
    description: 'a number from 1 to 10000: count so many at most; 1000 where it is left out',
  },
  afterWaiting: {
    enum: ['true', 'false'],
    description: 'true: place the VMs that wait first, and count on what they leave',
  },
})
/** Users stand in URLs and in the log. */
const USER = {
  type: 'string',
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.@-]*$',
  description: 'at most 64 letters, digits and _ . @ -, beginning with a letter or digit',
} as const
export const INSTANTIATE = body({
  name: NAME,
  owner: USER,
  hold: { type: 'boolean' },
  priority: PRIORITY,
  count: { type: 'integer', minimum: 1, maximum: 1000 },
})

export const CREATE_VM = body(
  { template: TEXT, name: NAME, owner: USER, hold: { type: 'boolean' }, priority: PRIORITY },
  ['template'],
)
export const VM_QUERY = body({
  all: { enum: ['true', 'false'], description: 'with those that are done' },
  state: {
    type: 'string',
    pattern: `^(${VM_STATES.join('|')})(,(${VM_STATES.join('|')}))*$`,
    description: 'one or more states, with commas between them; says itself whether DONE is among them',
  },
  host: { ...NAMED, description: 'a name or id: only VMs there' },
  owner: { ...NAMED, description: "only this user's VMs" },
  limit: LIMIT,
  after: AFTER_ID,
})
export const STOP_VM = body({
  graceSeconds: { type: 'integer', minimum: 0, maximum: 86400 },
  hard: { type: 'boolean' },
})
export const TERMINATE_VM = body({ hard: { type: 'boolean' } })
const PCI_VALUE = { type: 'string', minLength: 1, maxLength: 64 } as const
export const ATTACH_PCI = body({
  vendor: PCI_VALUE,
  device: PCI_VALUE,
  class: PCI_VALUE,
  address: PCI_VALUE,
  kind: PCI_VALUE,
  functions: PCI_VALUE,
  count: { type: 'integer', minimum: 1, maximum: 64 },
  managed: { type: 'boolean' },
})
const USB_NUMBER = { type: 'integer', minimum: 1, maximum: 999 } as const
export const ATTACH_USB = body({
  vendor: PCI_VALUE,
  product: PCI_VALUE,
  bus: USB_NUMBER,
  device: USB_NUMBER,
  port: PCI_VALUE,
})
export const DETACH_USB = body({
  bus: USB_NUMBER,
  device: USB_NUMBER,
  port: PCI_VALUE,
  request: { type: 'integer', minimum: 0, maximum: 7 },
})
export const DETACH_PCI = {
  ...body({ address: PCI_VALUE, request: { type: 'integer', minimum: 0, maximum: 63 } }),
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
}
export const DEPLOY_VM = body({ host: { type: ['string', 'integer'] } }, ['host'])

/** Seconds; ten years at most. */
const LIFETIME = { type: 'integer', minimum: 60, maximum: 315360000 } as const
export const CREATE_TOKEN = body(
  {
    name: USER,
    role: { enum: ROLES },
    user: USER,
    expiresSeconds: { ...LIFETIME, type: ['integer', 'null'] },
  },
  ['name', 'role', 'expiresSeconds'],
)
export const CREATE_JOIN_TOKEN = body({ expiresSeconds: { ...LIFETIME, maximum: 604800 } })
/** Of an agent that asks: it was given out as text, so that is all that is asked of the token. */
export const JOIN = body(
  {
    token: { type: 'string', minLength: 1, maxLength: 512 },
    version: { type: 'string', maxLength: 64 },
    driver: { enum: ['libvirt', 'simulator'] },
    uri: { type: 'string', minLength: 1, maxLength: 1024 },
  },
  ['token', 'version', 'driver', 'uri'],
)
export const SET_QUOTA = body({ most: { type: 'integer', minimum: 0, maximum: 1000000 } }, ['most'])
export const QUOTA_PATH = body({ user: USER, selector: { type: 'string', maxLength: 32 } })
export const QUOTA_QUERY = body({ user: USER })
const DIGITS = { type: 'string', pattern: '^\\d{1,15}$', description: 'a whole number' } as const
export const LOG_QUERY = body({
  since: DIGITS,
  who: { type: 'string', minLength: 1, maxLength: 256 },
  limit: { type: 'string', pattern: '^[1-9]\\d{0,4}$', description: 'a number from 1 to 99999' },
})
export const EVENTS_QUERY = body({
  after: {
    ...DIGITS,
    description: 'a number of a change: begin with the one after it, as with Last-Event-ID',
  },
})
export const WAIT_QUERY = body(
  {
    for: {
      type: 'string',
      pattern: `^(${[...VM_STATES, ...VM_STATES.map((state) => state.toLowerCase())].join('|')})$`,
      description: `a state: ${VM_STATES.join(', ')}`,
    },
    timeout: {
      type: 'string',
      pattern: '^\\d{1,3}(\\.\\d{1,3})?$',
      description: 'seconds, 600 at most; 60 where it is left out',
    },
    seen: {
      ...DIGITS,
      description: 'so many lines of its history are known: answer when there are more, too',
    },
  },
  ['for'],
)
