/** Entries on their way into the log: those of requests that end together are written together. */
import { type AuditEntry, insertAudit } from '../../database/audit.ts'
import type { Database } from '../../database/open.ts'

/** Resolves when the entry is stored; those that come while a write is under way share the next one. */
export function createAuditWriter(database: Database): (entries: readonly AuditEntry[]) => Promise<void> {
  let waiting: AuditEntry[] = []
  let next: Promise<void> | null = null
  let running: Promise<void> = Promise.resolve()
  return (entries) => {
    waiting.push(...entries)
    next ??= running
      .catch(() => {})
      .then(() => {
        const batch = waiting
        waiting = []
        running = next ?? running
        next = null
        return database.transaction((q) => insertAudit(q, batch))
      })
    return next
  }
}
