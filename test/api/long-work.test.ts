/** Long computations let others in, wait for each other, and end where nobody wants them any more. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createLine, inPieces } from '../../src/api/long-work.ts'

const never = new AbortController().signal

function* steps(count: number, step: () => void): Generator<undefined, string> {
  for (let n = 0; n < count; n++) {
    step()
    yield
  }
  return 'done'
}

const busy = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test('others have their turn meanwhile', async () => {
  let turns = 0
  const over = new AbortController()
  const others = (async () => {
    while (!over.signal.aborted) {
      turns += 1
      await nextTurn()
    }
  })()
  expect(
    await inPieces(
      steps(30, () => busy(5)),
      never,
    ),
  ).toBe('done')
  over.abort()
  await others
  expect(turns).toBeGreaterThan(3)
})

test('what nobody waits for any more is left', async () => {
  const gone = new AbortController()
  let made = 0
  const count = () => {
    made += 1
    busy(10)
    if (made === 5) gone.abort()
  }
  expect(await inPieces(steps(1000, count), gone.signal)).toBeNull()
  expect(made).toBeLessThan(20)
})

test('one at a time, in the order in which they were asked for; one that fails is no hindrance', async () => {
  const inLine = createLine()
  const seen: string[] = []
  const work = (name: string, fails = false) =>
    inLine(async () => {
      seen.push(`${name} begins`)
      await nextTurn()
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const all = await Promise.allSettled([work('a', true), work('b')])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})

test('where so many wait, the next one is sent away; once one is done, another may come', async () => {
  const inLine = createLine(2)
  let finish = () => {}
  const first = inLine(() => new Promise<void>((resolve) => (finish = resolve)))
  const second = inLine(async () => 'second')
  await expect(inLine(async () => 'third')).rejects.toMatchObject({ code: 'rate-limited' })
  finish()
  await first
  expect(await second).toBe('second')
  expect(await inLine(async () => 'fourth')).toBe('fourth')
})
