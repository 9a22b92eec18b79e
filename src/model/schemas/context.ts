/** JSON Schema of contexts as `berth context` prints them: without their tokens. */
import { BOOLEAN, described, document, listOf, orNull, record, type Schema, STRING } from './shape.ts'

const CONTEXT: Readonly<Record<string, Schema>> = {
  name: STRING,
  server: described(orNull(STRING), "Null = this machine's database"),
  fingerprint: described(
    orNull(STRING),
    "SHA-256 of the certificate that is trusted; null = whatever this machine's authorities vouch for",
  ),
  current: described(BOOLEAN, '`berth context use` named it'),
}

export const CONTEXT_LIST_SCHEMA = document(
  'context-list',
  'Where commands can go: this machine, then servers by name',
  listOf(record(CONTEXT)),
)
export const CONTEXT_SCHEMA = document(
  'context',
  'A server that commands can go to, or this machine',
  record({
    ...CONTEXT,
    because: described(
      orNull(STRING),
      'What leads there, where commands go there now: a variable, `berth context use`',
    ),
  }),
)
