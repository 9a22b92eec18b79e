/** JSON Schema of tokens, quotas and the log as `berth token`, `berth quota` and `berth log` print them. */
import { ROLES } from '../identity.ts'
import { described, document, INTEGER, listOf, oneOf, orNull, record, STRING, TIME } from './shape.ts'

export const PERSON_SCHEMA = document(
  'me',
  'Who asks, and what this one may',
  record({
    name: described(STRING, "The token's name, or local:<user>"),
    role: oneOf(ROLES),
    user: described(orNull(STRING), "Whose VMs are this one's; null = an operator of the machine itself"),
  }),
)

const TOKEN_FIELDS = {
  name: STRING,
  user: described(STRING, 'The user that it speaks for'),
  role: oneOf(ROLES),
  state: oneOf(['valid', 'expired']),
  createdAt: TIME,
  createdBy: STRING,
  expiresAt: described(orNull(TIME), 'Null = never'),
  usedAt: described(orNull(TIME), 'To the minute; null = never'),
} as const

export const TOKEN_LIST_SCHEMA = document(
  'token-list',
  'Tokens, without their secrets, oldest first',
  listOf(record(TOKEN_FIELDS)),
)
export const NEW_TOKEN_SCHEMA = document(
  'new-token',
  'A new token',
  record({ ...TOKEN_FIELDS, token: described(STRING, 'Its secret, shown this once') }),
)

export const JOIN_TOKEN_SCHEMA = document(
  'join-token',
  'What makes a machine a host of the cluster, once',
  record({
    host: INTEGER,
    hostName: STRING,
    token: described(STRING, 'Shown this once'),
    expiresAt: TIME,
    server: described(orNull(STRING), 'Where the controller listens; null = it is not known here'),
  }),
)

const QUOTA = record({
  user: STRING,
  selector: described(STRING, '[vendor]:[device][:class], hexadecimal; : = all devices'),
  most: INTEGER,
  used: described(INTEGER, "What the user's VMs ask for of it, those that do not run too"),
})

export const QUOTA_SCHEMA = document('quota', 'A quota of a user', QUOTA)
export const QUOTA_LIST_SCHEMA = document('quota-list', 'Quotas, by user', listOf(QUOTA))

export const LOG_SCHEMA = document(
  'log',
  'Who did what, oldest first',
  listOf(
    record({
      at: TIME,
      who: described(STRING, "A token's name, agent:<host>, local:<user>, or - where nobody is known"),
      role: STRING,
      origin: described(orNull(STRING), "The client's address; null = this machine's command line"),
      action: STRING,
      subject: orNull(STRING),
      outcome: described(STRING, 'ok, or a code of docs/errors.md'),
      more: described(INTEGER, 'Refusals of that minute without a line of their own'),
    }),
  ),
)
