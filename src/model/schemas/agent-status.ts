/** JSON Schema of what `berth agent status` and `berth agent join` print with `--json`. */
import { BOOLEAN, described, document, INTEGER, listOf, oneOf, orNull, record, STRING } from './shape.ts'

const SECONDS = { type: 'number', exclusiveMinimum: 0 }

export const AGENT_STATUS_SCHEMA = document(
  'agent-status',
  'An agent on this machine: what it joined, and what waits to be told',
  record({
    state: described(STRING, 'The folder of its state'),
    running: BOOLEAN,
    pid: described(orNull(INTEGER), 'Of its process; null = it does not run'),
    server: STRING,
    host: record({ id: INTEGER, name: STRING }),
    cluster: described(STRING, "The controller's database"),
    driver: oneOf(['libvirt', 'simulator']),
    uri: STRING,
    heardAt: described(
      orNull(INTEGER),
      "When the controller answered last, in ms since the epoch by this machine's clock; null = never",
    ),
    settings: orNull(
      record({
        filter: orNull(STRING),
        periods: record(
          { devices: SECONDS, domains: SECONDS, capacity: SECONDS, readiness: SECONDS },
          'Seconds between two runs of each probe',
        ),
      }),
    ),
    waiting: { type: 'object', additionalProperties: INTEGER, description: 'Messages to be told, by kind' },
    orders: listOf(
      record({
        id: INTEGER,
        attempt: INTEGER,
        kind: STRING,
        about: described(STRING, "`VM 3`, or a device's address"),
      }),
      'Under way',
    ),
  }),
)
