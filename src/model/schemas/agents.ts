/** JSON Schema of what agents are answered (model/agent-protocol.ts). */
import { described, INTEGER, listOf, oneOf, orNull, record, type Schema, STRING } from './shape.ts'

const titled = (title: string, schema: Schema): Schema => ({ title, ...schema })
const FACTS: Schema = { type: 'object' }
const NOW = described(INTEGER, "Milliseconds since the epoch, by the controller's clock")

const SETTINGS = record({
  filter: described(orNull(STRING), 'Which devices are offered; null = all'),
  periods: described(
    record({ devices: INTEGER, domains: INTEGER, capacity: INTEGER, readiness: INTEGER }),
    'Seconds between two runs of each probe',
  ),
})

const JOURNAL = listOf(record({ step: STRING, state: oneOf(['begun', 'done', 'undone']), facts: FACTS }))

const HANDED = record({
  order: record({
    ...{ id: INTEGER, host: INTEGER, cluster: STRING },
    kind: oneOf(['deploy', 'release', 'attach', 'detach', 'bind', 'sriov']),
    devices: listOf(FACTS, 'As they were when the order was written'),
  }),
  attempt: described(INTEGER, 'Counts how often it was taken'),
  journal: described(JOURNAL, 'What the controller has of its journal'),
  giving: described(JOURNAL, 'Of the orders that gave the VM its devices'),
})

export const JOIN_ANSWER_SCHEMA = titled(
  'What the machine is from now on',
  record({
    host: record({ id: INTEGER, name: STRING }),
    credential: described(STRING, 'Shown this once'),
    cluster: described(STRING, "The database's id"),
  }),
)

export const HELLO_ANSWER_SCHEMA = titled(
  'What the agent is to work by',
  record({ cluster: described(STRING, "The database's id"), settings: SETTINGS, now: NOW }),
)

export const MESSAGES_ANSWER_SCHEMA = titled(
  'What was taken in',
  record({ taken: described(INTEGER, 'All up to this number may be forgotten') }),
)

const ERRAND = record({ id: INTEGER, kind: oneOf(['probe', 'libvirt', 'prepare']), body: {} })

const POLL = {
  now: NOW,
  settings: described(orNull(SETTINGS), 'Null = as they were'),
  orders: listOf(HANDED),
  errands: listOf(ERRAND),
  full: { type: 'boolean', description: 'All pieces are to be probed and sent now' },
}

/** `ended` may be absent. */
export const POLL_ANSWER_SCHEMA = titled('What there is to do', {
  ...record(POLL),
  properties: {
    ...POLL,
    ended: listOf(INTEGER, 'Orders whose attempt ended without the agent; absent = none'),
  },
})
