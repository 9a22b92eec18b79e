/** What probes know of the folders that they read. */
import { expect, test } from 'vitest'
import { isOwnMount } from '../../probes/read.ts'

test.each([
  ['/sys', true],
  ['/sys/', true],
  ['//sys/.', true],
  ['/sys/bus', false],
  ['/srv/other/sys', false],
  ['sys', false],
])("%s is the running system's own sysfs: %s", (dir, expected) => {
  expect(isOwnMount(dir, '/sys')).toBe(expected)
})
