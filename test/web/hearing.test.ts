/** A stream is broken off once nothing is heard on it; one that is heard goes on. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHearing } from '../../src/web/api/hearing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A stream that never ends; `broken` = why it was broken off. */
async function opened() {
  let signal: AbortSignal | null = null
  const hearing = createHearing(async (_, init) => {
    signal = init?.signal ?? null
    return new Response()
  })
  await hearing.fetch('/v1/events')
  return { ...hearing, broken: (): boolean => signal?.aborted === true }
}

test('it is broken off after 40 s of silence', async () => {
  const stream = await opened()
  await vi.advanceTimersByTimeAsync(39_000)
  expect(stream.broken()).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(stream.broken()).toBe(true)
})

test('it goes on as long as something comes now and then', async () => {
  const stream = await opened()
  for (let beat = 0; beat < 10; beat++) {
    await vi.advanceTimersByTimeAsync(15_000)
    stream.heard()
  }
  expect(stream.broken()).toBe(false)
})

test('one that is done with is left alone', async () => {
  const stream = await opened()
  stream.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(stream.broken()).toBe(false)
})
