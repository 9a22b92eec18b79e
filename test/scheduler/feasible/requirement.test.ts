import { describe, expect, test } from 'vitest'
import { emptyCatalog } from '../../../scheduler/allocate/catalog.ts'
import { compileGlob } from '../../../scheduler/feasible/glob.ts'
import { hostState } from '../../../scheduler/feasible/host-state.ts'
import { compileRequirement, requirementChanges } from '../../../scheduler/feasible/requirement.ts'
import { compileRank } from '../../../scheduler/rank/rank.ts'
import type { ComparisonOperator, Rank, Requirement } from '../../../src/model/expression.ts'
import { host } from '../build.ts'

const state = hostState(
  host(4, [], {
    name: 'kvm-a1',
    cluster: 'gpu',
    cpu: 6400,
    usedCpu: 400,
    memoryMiB: 1024,
    usedMemoryMiB: 24,
    runningVms: 3,
    attributes: { RACK: '7', TAGS: 'fast, quiet', HALF: 0.5, ID: 'mine', EMPTY: '' },
  }),
  emptyCatalog(),
)

const compare = (attribute: string, operator: ComparisonOperator, value: string | number): Requirement => ({
  type: 'comparison',
  attribute,
  operator,
  value,
})

describe('SCHED_REQUIREMENTS', () => {
  test.each<[string, Requirement, boolean]>([
    ['a number equals a text that says it', compare('RACK', '=', 7), true],
    ['a text equals', compare('RACK', '=', '7'), true],
    ['a glob', compare('NAME', '=', 'kvm-[a-c]?'), true],
    ['a glob that does not fit', compare('NAME', '!=', 'kvm-*'), false],
    ['free CPU is in hundredths of a core', compare('FREE_CPU', '=', 6000), true],
    ['free memory is in KiB', compare('FREE_MEMORY', '=', 1_024_000), true],
    ['running VMs', compare('RUNNING_VMS', '<', 4), true],
    ['a fact comes before an attribute of the same name', compare('ID', '=', 4), true],
    ['a missing attribute is not equal', compare('ZONE', '=', 'x'), false],
    ['... and not unequal', compare('ZONE', '!=', 'x'), false],
    ['... but its negation holds', { type: 'not', operand: compare('ZONE', '=', 'x') }, true],
    ['a name from JavaScript’s own objects is missing too', compare('constructor', '!=', 'x'), false],
    ['a text that is no number is above none', compare('TAGS', '>', 0), false],
    ['... and below none', compare('TAGS', '<', 0), false],
    ['an empty text is not 0', compare('EMPTY', '=', 0), false],
    ['a list contains', compare('TAGS', '@>', 'quiet'), true],
    ['a list does not contain a part of an element', compare('TAGS', '@>', 'qui'), false],
    ['and', { type: 'and', left: compare('RACK', '>', 6), right: compare('RACK', '<', 7) }, false],
    ['or', { type: 'or', left: compare('RACK', '>', 6), right: compare('RACK', '<', 7) }, true],
  ])('%s', (_, requirement, expected) => {
    expect(compileRequirement(requirement)(state)).toBe(expected)
  })

  test('what placing changes is known', () => {
    expect(requirementChanges(compare('NAME', '=', 'x'))).toBe(false)
    expect(requirementChanges({ type: 'not', operand: compare('FREE_CPU', '>', 1) })).toBe(true)
  })

  test('an unlimited host has more than any number', () => {
    const unlimited = hostState(host(0, []), emptyCatalog())
    expect(compileRequirement(compare('FREE_CPU', '>', 1_000_000))(unlimited)).toBe(true)
  })
})

describe('SCHED_RANK', () => {
  const number = (value: number): Rank => ({ type: 'number', value })
  const attribute = (name: string): Rank => ({ type: 'attribute', name })

  test.each<[string, Rank, number]>([
    ['an attribute', attribute('RACK'), 7],
    ['a missing attribute counts 0', attribute('ZONE'), 0],
    ['a text counts 0', attribute('TAGS'), 0],
    [
      'arithmetic',
      { type: '+', left: number(1), right: { type: '*', left: number(2), right: attribute('HALF') } },
      2,
    ],
    ['minus', { type: '-', left: number(1), right: { type: 'negate', operand: number(2) } }, 3],
    ['a division by zero counts 0', { type: '/', left: number(5), right: attribute('ZONE') }, 0],
    ['an overflow stays finite', { type: '*', left: number(1e308), right: number(1e308) }, Number.MAX_VALUE],
  ])('%s', (_, rank, expected) => {
    expect(compileRank(rank)(state)).toBe(expected)
  })
})

describe('globs', () => {
  test.each<[string, string, boolean]>([
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abbcd', false],
    ['a?c', 'abc', true],
    ['[!a]b', 'ab', false],
    ['[^a]b', 'cb', true],
    ['[]x]', ']', true],
    ['[z-a]', 'b', false],
    ['[abc', '[abc', true],
    ['a.c', 'abc', false],
    ['a(b|c)*', 'a(b|c)d', true],
    ['[a-]', '-', true],
    ['\\*', '\\x', true],
    ['**', '', true],
    ['*a', 'ab', false],
    ['a*', 'ba', false],
    ['*ab*ab', 'abab', true],
    ['*ab*ab', 'abxb', false],
    ['ab*ba', 'aba', false],
    ['*[!a]?c', 'abbc', true],
    ['a*\u{1f600}', 'a\u{1f600}\u{1f600}', true],
    ['*.*\n*', '.\n', true],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected)
  })

  test('many stars cost no more than few', () => {
    const begun = performance.now()
    expect(compileGlob(`${'*a'.repeat(50)}*b`)('a'.repeat(1000))).toBe(false)
    expect(performance.now() - begun).toBeLessThan(1000)
  }, 5000)
})
