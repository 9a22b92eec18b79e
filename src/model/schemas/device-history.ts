/** JSON Schema of what `berth device history` prints with `--json`. */
import { DEVICE_EVENTS } from '../device-history.ts'
import { described, document, INTEGER, listOf, oneOf, orNull, record, STRING, TIME } from './shape.ts'

const LINE = record({
  at: TIME,
  event: oneOf(DEVICE_EVENTS, 'claimed and released frame what a VM had; moved = renumbered by a restart'),
  vm: described(orNull(INTEGER), 'The VM that it is about'),
  address: described(STRING, 'Where the device was then'),
  what: STRING,
})

export const DEVICE_HISTORY_SCHEMA = document(
  'device-history',
  'What happened to a device',
  record({
    host: INTEGER,
    hostName: STRING,
    address: STRING,
    history: listOf(LINE, 'Oldest first; the newest 100 are kept'),
  }),
)
