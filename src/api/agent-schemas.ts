/** What agents may say, as JSON Schema: their hosts may be in other hands, so every field is checked, and how long it is. */
import { REPORT_SECTIONS } from '../model/agent-protocol.ts'
import { ADDRESS_SCHEMA } from '../model/schemas/device-document.ts'

type Schema = Readonly<Record<string, unknown>>

const exactly = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})

const INCARNATION: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'a UUID in lower case',
}
/** Ids and counts: what a database's integer holds. */
const NUMBER: Schema = { type: 'integer', minimum: 1, maximum: 2147483647 }
const COUNT: Schema = { ...NUMBER, minimum: 0 }
const COUNTER: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }
const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'a SHA-256 in lower-case hex' }
const NAME: Schema = { type: 'string', minLength: 1, maxLength: 255 }
const WORDS: Schema = { type: 'string', maxLength: 65536 }
const CODE: Schema = { type: 'string', pattern: '^[a-z0-9-]{1,128}$', description: 'a code: a-z, 0-9 and -' }
const DRIVER: Schema = {
  type: ['string', 'null'],
  pattern: '^[\\w.-]{1,128}$',
  description: "a driver's name",
}

export const HELLO = exactly({
  incarnation: INCARNATION,
  version: { ...NAME, maxLength: 64 },
  driver: { enum: ['libvirt', 'simulator'] },
  uri: { ...NAME, maxLength: 4096 },
  highestOrder: COUNT,
})

/** What the pieces are made of is checked when they are put together: berth.host-report/1. */
export const REPORT_UPDATE = exactly({
  incarnation: INCARNATION,
  number: COUNTER,
  observedAt: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  host: NAME,
  bootId: { type: ['string', 'null'], maxLength: 64 },
  sections: {
    type: 'object',
    propertyNames: { enum: REPORT_SECTIONS },
  },
  hashes: exactly(Object.fromEntries(REPORT_SECTIONS.map((section) => [section, HASH]))),
  warnings: { type: 'array', maxItems: 1000, items: WORDS },
})

const FAULT = exactly({ address: ADDRESS_SCHEMA, code: CODE, message: WORDS })
const FAULTS: Schema = { type: 'array', maxItems: 4096, items: FAULT }
const REASON = { code: CODE, message: WORDS }
const OF_VM = { order: NUMBER, vm: NUMBER, host: NUMBER, epoch: COUNT }
const OF_DEVICE = { order: NUMBER, host: NUMBER, address: ADDRESS_SCHEMA }
const is = (kind: string): Schema => ({ const: kind })
const JUDGED = { faults: FAULTS, distrusted: FAULTS }
const OPTIONAL = ['faults', 'distrusted']

const EVENTS: readonly Schema[] = [
  exactly({ kind: is('running'), ...OF_VM }),
  exactly({ kind: is('deploy-failed'), ...OF_VM, ...REASON, ...JUDGED }, OPTIONAL),
  exactly({ kind: is('released'), ...OF_VM, distrusted: FAULTS }, OPTIONAL),
  exactly({ kind: is('attached'), ...OF_VM }),
  exactly({ kind: is('attach-failed'), ...OF_VM, ...REASON, ...JUDGED }, OPTIONAL),
  exactly({ kind: is('detached'), ...OF_VM, distrusted: FAULTS }, OPTIONAL),
  exactly({ kind: is('release-failed'), ...OF_VM, ...REASON, faults: FAULTS }),
  exactly({ kind: is('bound'), ...OF_DEVICE, from: DRIVER, driver: DRIVER }),
  exactly({ kind: is('bind-failed'), ...OF_DEVICE, ...REASON, hangs: { type: 'boolean' } }),
  exactly({
    kind: is('vfs-set'),
    ...OF_DEVICE,
    numVfs: { type: 'integer', minimum: 0, maximum: 65535 },
    addresses: { type: 'array', maxItems: 65535, items: ADDRESS_SCHEMA },
  }),
  exactly({ kind: is('vfs-failed'), ...OF_DEVICE, ...REASON, hangs: { type: 'boolean' } }),
]

const ENTRY = exactly({
  step: { type: 'string', pattern: '^[^\\p{C}]{1,255}$', description: 'the name of a step' },
  state: { enum: ['begun', 'done', 'undone'] },
  facts: { type: 'object' },
})

/** A place in a journal: no order has so many steps. */
const PLACE: Schema = { type: 'integer', minimum: 1, maximum: 100000 }

const MESSAGES_OF_AGENTS: readonly Schema[] = [
  exactly({ kind: is('step'), order: NUMBER, at: PLACE, entry: ENTRY }),
  exactly({ kind: is('progress'), order: NUMBER, text: WORDS }),
  exactly({ kind: is('event'), attempt: NUMBER, event: { oneOf: EVENTS } }),
  exactly(
    {
      ...{ kind: is('refused'), order: NUMBER, attempt: NUMBER, code: is('order-stale'), message: WORDS },
      ...{ seenEpoch: { ...COUNT, type: ['integer', 'null'] }, highestOrder: COUNT },
    },
    ['highestOrder'],
  ),
  exactly({ kind: is('errand'), errand: NUMBER, ok: { type: 'boolean' }, answer: {} }),
]

export const MESSAGES = exactly({
  incarnation: INCARNATION,
  messages: {
    type: 'array',
    maxItems: 1000,
    items: exactly({ number: COUNTER, message: { oneOf: MESSAGES_OF_AGENTS } }),
  },
})

export const POLL = exactly(
  {
    incarnation: INCARNATION,
    orders: { type: 'array', maxItems: 10000, items: exactly({ id: NUMBER, attempt: NUMBER }) },
    errands: { type: 'array', maxItems: 10000, items: NUMBER },
    settings: HASH,
    wait: { type: 'number', minimum: 0, maximum: 30 },
    trouble: { type: ['string', 'null'], maxLength: 2000 },
  },
  ['trouble'],
)
