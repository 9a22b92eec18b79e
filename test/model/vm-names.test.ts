import { expect, test } from 'vitest'
import { nameOf } from '../../src/model/vm-names.ts'

test.each([
  ['one keeps its name', 'train', 0, 1, 'train'],
  ['several are numbered from 0', 'train', 2, 3, 'train-2'],
  ['%i is the number, each time', 'a%i-%i', 1, 2, 'a1-1'],
  ['of one, too', 'a%i', 0, 1, 'a0'],
] as const)('%s', (_, name, index, count, expected) => {
  expect(nameOf(name, index, count)).toBe(expected)
})
