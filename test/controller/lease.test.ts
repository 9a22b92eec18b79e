/** Leases under a clock that can be set: renewed by the living, inherited from the dead, lost by the suspended. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type LeaseRequest, withLease } from '../../src/controller/lease.ts'
import { keepUp } from '../../src/controller/tenure.ts'
import { findLease, takeLease } from '../../src/database/leases.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { Conflict } from '../../src/model/errors.ts'

let db: Database
let time: number

/** Waiting lets `every` happen and takes no time but the clock's. */
const clock = (every: () => Promise<unknown> = async () => {}) => ({
  now: () => time,
  sleep: async (ms: number) => {
    time += ms
    await every()
  },
})

const request = (change: Partial<LeaseRequest> = {}): LeaseRequest => ({
  name: 'work',
  holder: 'me',
  ttlMs: 15_000,
  waitMs: 30_000,
  refusal: (holder) => `${holder} has it`,
  ...change,
})

const taken = (holder: string, expiresAt: number) =>
  takeLease(db.kysely, { name: 'work', holder, expiresAt }, time)

beforeEach(async () => {
  db = await openDatabase(':memory:', { migrate: true })
  time = 1_000_000
})
afterEach(() => db.close())

describe('withLease', () => {
  test('gives it back, whatever the work comes to', async () => {
    expect(await withLease(db, clock(), request(), async () => 7)).toBe(7)
    const failing = withLease(db, clock(), request(), () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await findLease(db.kysely, 'work', time)).toBeNull()
  })

  test('waits for one that has died, no longer than its lease runs', async () => {
    await taken('dead', time + 12_000)
    const before = time
    await withLease(db, clock(), request({ onlyForSilent: true }), async () => {})
    expect(time - before).toBeGreaterThanOrEqual(12_000)
    expect(time - before).toBeLessThan(12_500)
  })

  test('inherits from one that has not been heard of, though a clock that was set back calls its lease long', async () => {
    await taken('dead', time + 600_000)
    const before = time
    await withLease(db, clock(), request({ onlyForSilent: true }), async () => {})
    expect(time - before).toBeLessThan(31_000)
  })

  test('does not wait for one that shows to be alive, and names it', async () => {
    await taken('alive', time + 15_000)
    const before = time
    const renewing = clock(async () => {
      if ((time - before) % 5_000 === 0) await taken('alive', time + 15_000)
    })
    const refused = withLease(db, renewing, request({ onlyForSilent: true }), async () => {})
    await expect(refused).rejects.toMatchObject({ code: 'lease-held', message: 'alive has it' })
    expect(time - before).toBeLessThan(6_000)
  })

  test('waits for the living where it is told to, as long as it is told to', async () => {
    const before = time
    const renewing = clock(async () => void (await taken('alive', time + 15_000)))
    await taken('alive', time + 15_000)
    await expect(withLease(db, renewing, request(), async () => {})).rejects.toMatchObject({
      code: 'lease-held',
    })
    expect(time - before).toBeGreaterThanOrEqual(30_000)
  })

  test('goes on after a sleep in which nobody came, and stops where somebody did', async () => {
    await withLease(db, clock(), request(), async (stillOurs) => {
      time += 60_000
      await stillOurs()
      time += 60_000
      await taken('other', time + 15_000)
      await expect(stillOurs()).rejects.toMatchObject({ code: 'lease-lost' })
    })
    expect(await findLease(db.kysely, 'work', time)).toMatchObject({ holder: 'other' })
  })
})

describe('a tenure', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  const tenure = (renew: () => Promise<boolean>) =>
    keepUp({
      ...{ clock: { now: () => Date.now(), sleep: async () => {} }, ttlMs: 30_000, takenAt: 0, renew },
      lost: () => new Conflict('order-lost', 'lost'),
    })

  test('renews in time, outlives a failing database for as long as the lease runs, and asks again then', async () => {
    const renew = vi.fn(async () => true)
    const { stillOurs, end } = tenure(renew)
    await vi.advanceTimersByTimeAsync(25_000)
    expect(renew).toHaveBeenCalledTimes(2)
    renew.mockRejectedValue(new Conflict('database-busy', 'locked'))
    await vi.advanceTimersByTimeAsync(20_000)
    await stillOurs()
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(stillOurs()).rejects.toMatchObject({ code: 'database-busy' })
    renew.mockResolvedValue(true)
    await stillOurs()
    await end()
    const calls = renew.mock.calls.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(renew).toHaveBeenCalledTimes(calls)
  })

  test('once lost stays lost, whatever the database says later', async () => {
    const renew = vi.fn(async () => false)
    const { stillOurs, end } = tenure(renew)
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(stillOurs()).rejects.toMatchObject({ code: 'order-lost' })
    renew.mockResolvedValue(true)
    await vi.advanceTimersByTimeAsync(10_000)
    await expect(stillOurs()).rejects.toMatchObject({ code: 'order-lost' })
    await end()
  })

  test('has no renewal under way when it has ended', async () => {
    let answer: (ours: boolean) => void = () => {}
    const { end } = tenure(() => new Promise((resolve) => (answer = resolve)))
    await vi.advanceTimersByTimeAsync(10_000)
    let ended = false
    const ending = end().then(() => (ended = true))
    await vi.advanceTimersByTimeAsync(100)
    expect(ended).toBe(false)
    answer(true)
    await ending
  })
})
