/** When a function is reset, and when it is not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseAddress } from '../../src/model/address.ts'
import { resetFunction } from '../../src/vfio/reset.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { createTree, type Tree } from '../support/sysfs-tree.ts'

const ADDRESS = parseAddress('0000:08:00.0')
const FILE = 'bus/pci/devices/0000:08:00.0/reset'

let tree: Tree
beforeEach(() => {
  tree = createTree()
})
afterEach(() => tree.remove())

const reset = () => (ADDRESS === null ? null : resetFunction(realSysfs(tree.sysfs), ADDRESS, 10_000))
const written = () => readFileSync(join(tree.sysfs, FILE), 'utf8')

test.each([
  ['by function-level reset', 'flr bus\n', 1, 'reset', '1'],
  ['by its bus, where it is alone on that', 'bus\n', 1, 'reset', '1'],
  ['not by its bus, where others are on that', 'bus\n', 2, 'would-reset-others', ''],
  ['as an old kernel chooses', null, 2, 'reset', '1'],
])('reset %s', async (_, methods, functions, outcome, text) => {
  tree.pci('0000:08:00.0', { reset: '', reset_method: methods })
  if (functions > 1) tree.pci('0000:08:00.1')
  tree.pci('0000:09:00.0')
  expect(await reset()).toBe(outcome)
  expect(written()).toBe(text)
})

test('without a reset file there is no way', async () => {
  tree.pci('0000:08:00.0')
  expect(await reset()).toBe('no-method')
})

test('a refusal names the device', async () => {
  tree.pci('0000:08:00.0', { reset: 'folder:' })
  await expect(reset()).rejects.toMatchObject({ code: 'device-reset-failed', facts: { address: ADDRESS } })
})
