/** When the page reads again: everything that changed, nothing twice at once, and not all the time. */
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPace } from '../../src/web/api/pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A shown list that takes `takes` ms to read; `begun` = how often it was. */
function shown(takes: number) {
  const queries = new QueryClient()
  const here = { begun: 0, asked: [] as number[][] }
  const options = {
    queryKey: ['hosts'],
    queryFn: async () => {
      here.begun += 1
      await new Promise((done) => setTimeout(done, takes))
      return here.begun
    },
    meta: {
      readHosts: async (_: QueryClient, hosts: readonly number[]) => {
        here.asked.push([...hosts])
      },
    },
  }
  const pace = createPace(queries)
  const stop = new QueryObserver(queries, options).subscribe(() => {})
  const query = queries.getQueryCache().find({ queryKey: ['hosts'] })
  if (query === undefined) throw new Error('nothing is shown')
  const end = () => {
    stop()
    pace.stop()
    queries.clear()
  }
  return { here, end, changed: (hosts: ReadonlySet<number> | null) => pace.changed(query, hosts) }
}

test('a change that comes while it is read is not lost: it is read once more', async () => {
  const { here, end, changed } = shown(100)
  await vi.advanceTimersByTimeAsync(50)
  changed(null)
  changed(null)
  await vi.advanceTimersByTimeAsync(5000)
  expect(here.begun).toBe(2)
  end()
})

test('a list that takes a second is read for a fifth of the time at most', async () => {
  const { here, end, changed } = shown(1000)
  await vi.advanceTimersByTimeAsync(1000)
  for (let n = 0; n < 50; n++) {
    changed(null)
    await vi.advanceTimersByTimeAsync(400)
  }
  expect(here.begun - 1).toBe(4)
  end()
})

test('of a few hosts that changed only those are read, at once', async () => {
  const { here, end, changed } = shown(1000)
  await vi.advanceTimersByTimeAsync(1000)
  changed(new Set([7]))
  await vi.advanceTimersByTimeAsync(0)
  expect(here).toEqual({ begun: 1, asked: [[7]] })
  end()
})

test('of many, all are read', async () => {
  const { here, end, changed } = shown(10)
  await vi.advanceTimersByTimeAsync(10)
  changed(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]))
  await vi.advanceTimersByTimeAsync(100)
  expect(here).toEqual({ begun: 2, asked: [] })
  end()
})
