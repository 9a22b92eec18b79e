/**
 * SQLite, where a commit waits for the disk and the whole program with it: transactions that are waiting when one begins are run in turn
 * within it and committed together. Each hears of its end after that commit, so what was acknowledged is on the disk.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Queries, Tx } from './tables.ts'

/** Enough that the disk is not what limits; others wait for the connection that long. */
const TOGETHER: Together = { most: 64, ms: 20 }

export interface Together {
  readonly most: number
  /** None is begun after so long. */
  readonly ms: number
}

interface Job {
  /** Runs the work; what it throws is kept for `settle`. */
  run(q: Tx): Promise<'well' | 'failed'>
  /** The commit took place: tells what became of the work. */
  settle(): void
  /** There was no commit. */
  fail(error: unknown): void
}

/** All of `work` or none of it, one after the other, as `Database.transaction` says. */
export function groupCommits(
  kysely: Queries,
  together = TOGETHER,
): <T>(work: (q: Tx) => Promise<T>) => Promise<T> {
  const waiting: Job[] = []
  let busy = false
  const drain = async (): Promise<void> => {
    busy = true
    for (;;) {
      // Requests that have arrived get their say before a transaction begins.
      await nextTurn()
      const first = waiting.shift()
      if (first === undefined) break
      await commitTogether(kysely, first, waiting, together)
    }
    busy = false
  }
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push(jobOf(work, resolve, reject))
      if (!busy) void drain()
    })
}

/** Never rejects: the jobs hear of it. */
async function commitTogether(
  kysely: Queries,
  first: Job,
  waiting: Job[],
  { most, ms }: Together,
): Promise<void> {
  const jobs = [first]
  try {
    await kysely.transaction().execute(async (q) => {
      const end = performance.now() + ms
      await within(q, first)
      while (jobs.length < most && performance.now() < end) {
        const next = waiting.shift()
        if (next === undefined) break
        jobs.push(next)
        await within(q, next)
      }
    })
  } catch (error) {
    for (const job of jobs) job.fail(error)
    return
  }
  for (const job of jobs) job.settle()
}

/** One that fails takes back what it wrote, and keeps no other from being committed. */
async function within(q: Tx, job: Job): Promise<void> {
  await sql`savepoint job`.execute(q)
  // Fails where SQLite has rolled back all of it by itself (disk full, I/O): then nothing is committed.
  if ((await job.run(q)) === 'failed') await sql`rollback to savepoint job`.execute(q)
  await sql`release savepoint job`.execute(q)
}

function jobOf<T>(
  work: (q: Tx) => Promise<T>,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Job {
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null
  const settle = () => {
    if (outcome === null) return
    if ('value' in outcome) resolve(outcome.value)
    else reject(outcome.error)
  }
  return {
    run: async (q) => {
      try {
        outcome = { value: await work(q) }
        return 'well'
      } catch (error) {
        outcome = { error }
        return 'failed'
      }
    },
    settle,
    // Its own error says more than that of the rollback that followed it.
    fail: (error) => reject(outcome !== null && 'error' in outcome ? outcome.error : error),
  }
}
