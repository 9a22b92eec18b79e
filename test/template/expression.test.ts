import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/model/errors.ts'
import type { Rank, Requirement } from '../../src/model/expression.ts'
import { parseRank, parseRequirement } from '../../src/template/expression.ts'
import { readTemplate } from '../../src/template/validate.ts'

/** Trees as S-expressions. */
const requirementText = (tree: Requirement): string => {
  if (tree.type === 'comparison') return `(${tree.attribute} ${tree.operator} ${JSON.stringify(tree.value)})`
  if (tree.type === 'not') return `(not ${requirementText(tree.operand)})`
  if (tree.type === 'constant') return String(tree.value)
  return `(${tree.type} ${requirementText(tree.left)} ${requirementText(tree.right)})`
}
const rankText = (tree: Rank): string => {
  if (tree.type === 'number') return String(tree.value)
  if (tree.type === 'attribute') return tree.name
  if (tree.type === 'negate') return `(neg ${rankText(tree.operand)})`
  return `(${tree.type} ${rankText(tree.left)} ${rankText(tree.right)})`
}
const requirement = (text: string) => {
  const tree = parseRequirement(text)
  return tree === null ? null : requirementText(tree)
}
const rank = (text: string) => {
  const tree = parseRank(text)
  return tree === null ? null : rankText(tree)
}
const failure = (read: () => unknown): InvalidInput => {
  try {
    read()
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
  throw new Error('was read')
}

describe('requirements', () => {
  test.each([
    ['nothing', '', null],
    ['blanks', '  ', null],
    ['a number', 'FREE_CPU > 400', '(FREE_CPU > 400)'],
    ['a decimal number', 'LOAD < 0.75', '(LOAD < 0.75)'],
    ['a negative number', 'TEMP > -4', '(TEMP > -4)'],
    ['a quoted string', 'NAME = "kvm-*"', '(NAME = "kvm-*")'],
    ['a quoted number stays a string', 'RACK = "7"', '(RACK = "7")'],
    ['a bare word', 'STATE = on', '(STATE = "on")'],
    ['an empty string', 'RACK != ""', '(RACK != "")'],
    ['not equal', 'NAME!="a"', '(NAME != "a")'],
    ['contains', 'TAGS @> "gpu"', '(TAGS @> "gpu")'],
    ['operators with blanks inside', 'A ! = 1 & B @ > 2', '(and (A != 1) (B @> 2))'],
    ['and', 'A = 1 & B = 2', '(and (A = 1) (B = 2))'],
    ['& and | bind alike, from the left', 'A = 1 | B = 2 & C = 3', '(and (or (A = 1) (B = 2)) (C = 3))'],
    ['parentheses', 'A = 1 | (B = 2 & C = 3)', '(or (A = 1) (and (B = 2) (C = 3)))'],
    ['! binds tightest', '!A = 1 & B = 2', '(and (not (A = 1)) (B = 2))'],
    ['! of parentheses', '!(A = 1 & B = 2)', '(not (and (A = 1) (B = 2)))'],
    ['! twice', '!!A = 1', '(not (not (A = 1)))'],
    ['a quoted attribute', '"RACK" = 7', '(RACK = 7)'],
    ['line ends', 'A = 1 &\n B = 2', '(and (A = 1) (B = 2))'],
  ])('%s', (_title, text, expected) => {
    expect(requirement(text)).toBe(expected)
  })

  test.each([
    ['an attribute alone', 'RACK', 5, '"=", "!="'],
    ['no constant', 'RACK =', 7, 'a number or a string'],
    ['a number on the left', '7 = RACK', 1, 'a host attribute'],
    ['two equals signs, which OpenNebula does not read either', 'RACK == 7', 7, 'a number or a string'],
    ['at least, which OpenNebula does not read either', 'CPU >= 7', 6, 'a number or a string'],
    ['two ampersands', 'A = 1 && B = 2', 8, 'a host attribute'],
    ['an open parenthesis', '(A = 1', 7, '")"'],
    ['a closing one too many', 'A = 1)', 6, 'an operator or the end'],
    ['an unquoted glob', 'NAME = kvm*', 11, 'an operator or the end'],
    ['a quote that never ends', 'NAME = "kvm', 8, 'a closing quote'],
    ['a stray character', 'A = 1 ; B = 2', 7, 'an operator'],
    ['a word that begins with a digit', 'A = 7b', 5, 'a quoted string'],
    ['parentheses without end', '('.repeat(300), 202, 'at most 200 levels'],
  ])('refused with the column: %s', (_title, text, column, words) => {
    const error = failure(() => parseRequirement(text))
    expect(error.code).toBe('expression-syntax')
    expect(error.facts.column).toBe(column)
    expect(error.message).toContain(words)
  })

  test('generated monsters are refused, not run out of stack', () => {
    const error = failure(() => parseRequirement(Array(20_000).fill('A = 1').join(' & ')))
    expect(error.message).toContain('at most 4096')
  })
})

describe('ranks', () => {
  test.each([
    ['nothing', '', null],
    ['an attribute', 'FREE_CPU', 'FREE_CPU'],
    ['a product before a sum', 'A + B * 2', '(+ A (* B 2))'],
    ['from left to right', 'A - B - 1', '(- (- A B) 1)'],
    ['division', 'A / B / 2', '(/ (/ A B) 2)'],
    ['unary minus', '-RUNNING_VMS', '(neg RUNNING_VMS)'],
    ['minus without blanks', 'A-1', '(- A 1)'],
    ['minus of minus', 'A - -1', '(- A (neg 1))'],
    ['parentheses', '(A + B) * 2.5', '(* (+ A B) 2.5)'],
  ])('%s', (_title, text, expected) => {
    expect(rank(text)).toBe(expected)
  })

  test.each([
    ['an operator alone', '*', 1, 'a number, a host attribute'],
    ['an operand missing', 'A +', 4, 'a number, a host attribute'],
    ['two operands', 'A B', 3, 'an operator or the end'],
    ['a comparison', 'A > 1', 3, 'an operator or the end'],
  ])('refused with the column: %s', (_title, text, column, words) => {
    const error = failure(() => parseRank(text))
    expect(error.facts.column).toBe(column)
    expect(error.message).toContain(words)
  })

  test('arithmetic means what JavaScript means by it', () => {
    const operand = fc.integer({ min: 1, max: 99 }).map(String)
    const sum = fc
      .array(fc.tuple(operand, fc.constantFrom('+', '-', '*', '/')), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.map(([n, operator], i) => (i === 0 ? n : `${operator} ${n}`)).join(' '))
    const value = (tree: Rank): number => {
      if (tree.type === 'number') return tree.value
      if (tree.type === 'attribute') return 0
      if (tree.type === 'negate') return -value(tree.operand)
      const [left, right] = [value(tree.left), value(tree.right)]
      return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[tree.type]
    }
    fc.assert(
      fc.property(sum, (text) => {
        const tree = parseRank(text)
        expect(tree && value(tree)).toBe(Function(`return ${text}`)())
      }),
    )
  })
})

test('an error inside a template names its line and the attribute', () => {
  const error = failure(() => readTemplate('CPU = 1\nSCHED_RANK = "FREE_CPU *"'))
  expect(error.message).toBe(
    'line 2, column 14: SCHED_RANK: column 11: expected a number, a host attribute, "-" or "(", found the end',
  )
  expect(error.code).toBe('expression-syntax')
})
