/** Tokens and log entries as people see them. */
import type { Role } from '../model/identity.ts'
import type { LogEntryView, TokenView } from './documents.ts'
import { isoTime } from './time.ts'

/** Times in ms since the epoch. */
export interface TokenFacts {
  readonly name: string
  readonly owner: string
  readonly role: Role
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number | null
  readonly usedAt: number | null
}

export function tokenView(token: TokenFacts, now: number): TokenView {
  const { name, owner, role, createdAt, createdBy, expiresAt, usedAt } = token
  return {
    ...{ name, user: owner, role },
    state: expiresAt !== null && expiresAt <= now ? 'expired' : 'valid',
    createdAt: isoTime(createdAt),
    createdBy,
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    usedAt: usedAt === null ? null : isoTime(usedAt),
  }
}

export interface LogFacts extends Omit<LogEntryView, 'at' | 'more'> {
  readonly at: number
  readonly facts: Readonly<Record<string, string | number>>
}

export function logEntryView({
  at,
  who,
  role,
  origin,
  action,
  subject,
  outcome,
  facts,
}: LogFacts): LogEntryView {
  const more = typeof facts.more === 'number' ? facts.more : 0
  return { at: isoTime(at), who, role, origin, action, subject, outcome, more }
}
