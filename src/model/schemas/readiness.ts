/** JSON Schema of a host's readiness as `berth doctor --json` prints it (`berth schema readiness`). */
import { BOOLEAN, described, document, listOf, oneOf, orNull, record, STRING } from './shape.ts'

export const CHECK = record({
  id: described(STRING, 'Stable; docs/readiness.md lists them, and more may be added'),
  status: oneOf(['ok', 'warning', 'missing', 'unknown'], 'unknown = there is no evidence either way'),
  required: described(BOOLEAN, 'A host with a missing required check is not ready'),
  evidence: STRING,
  remedy: orNull(STRING),
})

const DEVICE = record({
  ...{ address: STRING, type: STRING, name: orNull(STRING), driver: orNull(STRING) },
  free: described(BOOLEAN, 'Could be given to a VM as it is'),
  why: described(orNull(STRING), 'What stands in the way'),
})

export const READINESS_SCHEMA = document(
  'readiness',
  'Whether a host can pass devices to VMs, check by check',
  record({
    schema: { const: 'berth.readiness/1' },
    ...{ host: STRING, ready: BOOLEAN, checks: listOf(CHECK) },
    devices: orNull(listOf(DEVICE)),
  }),
)
