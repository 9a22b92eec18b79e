/** What is said of processes whose open files cannot be read. */
import { expect, test } from 'vitest'
import { unseen } from '../../../probes/usage/open-files.ts'

test.each([
  [187, false, 'open files of 187 processes cannot be read: run as root to see who has a device open'],
  [1, true, 'open files of 1 process cannot be read, not even by root'],
])('%i of them, as root: %s', (processes, asRoot, told) => {
  expect(unseen(processes, asRoot)).toBe(told)
})
