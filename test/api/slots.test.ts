/** How many may listen or wait at a time. */
import { expect, test } from 'vitest'
import { createSlots } from '../../src/api/slots.ts'

test('nobody has more than a quarter, and who leaves makes room', () => {
  const slots = createSlots(8)
  expect(['a', 'a', 'a'].map(slots.take)).toEqual([true, true, false])
  slots.free('a')
  expect(slots.take('a')).toBe(true)
  expect(['b', 'b', 'c', 'c', 'd', 'd'].map(slots.take)).toEqual(Array(6).fill(true))
  expect(slots.take('e')).toBe(false)
  slots.free('c')
  expect(slots.take('e')).toBe(true)
})
