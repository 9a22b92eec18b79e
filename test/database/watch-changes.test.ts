/** The watch of the changes, on every engine: what any process commits is told, in order, once. */
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { changeMark } from '../../src/database/change-mark.ts'
import { noteChanges } from '../../src/database/changes.ts'
import { openDatabase } from '../../src/database/open.ts'
import { watchChanges } from '../../src/database/watch-changes.ts'
import type { Change } from '../../src/model/change.ts'
import { startEngines } from '../support/engines.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

/** Two programs on one database. */
async function two(fresh: () => Promise<string>) {
  const url = await fresh()
  const db = await openDatabase(url, { migrate: true })
  const other = await openDatabase(url, { migrate: false })
  onTestFinished(async () => {
    await db.close()
    await other.close()
  })
  return { db, other }
}

describe.each(engines)('$engine', ({ skip, fresh }) => {
  test.skipIf(skip)('what another program commits is told, more than fits into one look too', async () => {
    const { db, other } = await two(fresh)
    const told: Change[] = []
    await other.transaction((q) => noteChanges(q, 'host', [1]))
    await new Promise<void>((resolve) => {
      const watch = watchChanges(
        db,
        (changes) => {
          told.push(...changes)
          if (told.length >= 2500) resolve(watch.stop())
        },
        { periodMs: 1 },
      )
      const subjects = Array.from({ length: 2500 }, (_, at) => at)
      void watch.started.then(() => other.transaction((q) => noteChanges(q, 'vm', subjects)))
    })
    expect(told.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(
      Array.from({ length: 2500 }, (_, at) => `vm ${at}`),
    )
  })

  test.skipIf(skip)('one that is committed late is told, and those that were there are not', async () => {
    const { db, other } = await two(fresh)
    await other.transaction((q) => noteChanges(q, 'vm', [1, 2, 3]))
    const [late] = await other.kysely.deleteFrom('changes').where('subject', '=', 2).returningAll().execute()
    if (late === undefined) throw new Error('there was no such change')
    const told: number[] = []
    await new Promise<void>((resolve, reject) => {
      const watch = watchChanges(
        db,
        (changes) => {
          told.push(...changes.map(({ subject }) => subject))
          if (told.length >= 3) resolve(watch.stop())
        },
        { periodMs: 1, onError: reject },
      )
      const notes = async () => {
        await watch.started
        await other.transaction((q) => noteChanges(q, 'vm', [4]))
        await vi.waitUntil(() => told.includes(4))
        await other.kysely.insertInto('changes').values(late).execute()
        await vi.waitUntil(() => told.includes(2))
        await other.transaction((q) => noteChanges(q, 'vm', [5]))
      }
      notes().catch(reject)
    })
    expect(told).toEqual([4, 2, 5])
  })

  test.skipIf(skip)('nothing is told after the end', async () => {
    const { db, other } = await two(fresh)
    let told = 0
    const watch = watchChanges(db, () => told++, { periodMs: 1 })
    await watch.started
    await watch.stop()
    await other.transaction((q) => noteChanges(q, 'vm', [1]))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toBe(0)
  })

  test.skipIf(skip)('a mark is another one after a change of its kinds, and only then', async () => {
    const { db, other } = await two(fresh)
    await other.transaction((q) => noteChanges(q, 'template', [1]))
    const mark = () => changeMark(db.kysely, ['vm', 'host'])
    const before = await mark()
    await other.transaction((q) => noteChanges(q, 'template', [1]))
    const unchanged = await mark()
    await other.transaction((q) => noteChanges(q, 'host', [1]))
    expect([unchanged === before, (await mark()) === before]).toEqual([true, false])
  })
})
