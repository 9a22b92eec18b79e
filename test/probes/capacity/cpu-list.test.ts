/** The kernel's CPU lists. */
import { expect, test } from 'vitest'
import { countCpus } from '../../../probes/capacity/cpu-list.ts'

test.each([
  ['0', 1],
  ['0-3', 4],
  ['0-31,128-159', 64],
  ['0-3,8', 5],
  ['', 0],
])('%j counts %i', (list, count) => {
  expect(countCpus(list)).toBe(count)
})
