/** SCHED_REQUIREMENTS: may this host have the VM? Compiled once for each expression, asked of many hosts. */
import type { AttributeValue, Requirement } from '../../src/model/expression.ts'
import { compileGlob } from './glob.ts'
import { attributeReader, CHANGING_ATTRIBUTES, type HostState } from './host-state.ts'

export type HostTest = (state: HostState) => boolean

/** Where attributes come from: a host, or anything that stands for one. */
export type Lookup<Subject> = (name: string) => (subject: Subject) => AttributeValue | undefined

export function compileRequirement(requirement: Requirement): HostTest {
  return compileTest(requirement, attributeReader)
}

/** A missing attribute makes its comparison false, `!=` too (contracts.md, Template: PCI). */
export function compileTest<Subject>(
  requirement: Requirement,
  lookup: Lookup<Subject>,
): (subject: Subject) => boolean {
  switch (requirement.type) {
    case 'constant':
      return () => requirement.value
    case 'not': {
      const operand = compileTest(requirement.operand, lookup)
      return (subject) => !operand(subject)
    }
    case 'and':
    case 'or': {
      const left = compileTest(requirement.left, lookup)
      const right = compileTest(requirement.right, lookup)
      return requirement.type === 'and'
        ? (subject) => left(subject) && right(subject)
        : (subject) => left(subject) || right(subject)
    }
    case 'comparison': {
      const compare = comparison(requirement.operator, requirement.value)
      const read = lookup(requirement.attribute)
      return (subject) => {
        const value = read(subject)
        return value !== undefined && compare(value)
      }
    }
  }
}

/** Whether placing VMs can change the answer. */
export function requirementChanges(requirement: Requirement): boolean {
  switch (requirement.type) {
    case 'constant':
      return false
    case 'not':
      return requirementChanges(requirement.operand)
    case 'and':
    case 'or':
      return requirementChanges(requirement.left) || requirementChanges(requirement.right)
    case 'comparison':
      return CHANGING_ATTRIBUTES.has(requirement.attribute)
  }
}

type Comparison = Extract<Requirement, { type: 'comparison' }>

function comparison(
  operator: Comparison['operator'],
  wanted: AttributeValue,
): (v: AttributeValue) => boolean {
  if (operator === '@>') return (value) => elements(value).some((element) => same(element, wanted))
  if (operator === '>' || operator === '<') return ordered(operator, wanted)
  const equal = typeof wanted === 'number' ? (v: AttributeValue) => toNumber(v) === wanted : byGlob(wanted)
  return operator === '=' ? equal : (value) => !equal(value)
}

function byGlob(pattern: string): (value: AttributeValue) => boolean {
  const test = compileGlob(pattern)
  return (value) => test(String(value))
}

/** By number where both are numbers, else by text. */
function ordered(operator: '>' | '<', wanted: AttributeValue): (value: AttributeValue) => boolean {
  const number = toNumber(wanted)
  return (value) => {
    const own = toNumber(value)
    if (number !== null && own !== null) return operator === '>' ? own > number : own < number
    if (typeof wanted === 'number') return false
    return operator === '>' ? String(value) > wanted : String(value) < wanted
  }
}

/** A list attribute is written with commas or spaces between its elements. */
function elements(value: AttributeValue): readonly string[] {
  return String(value)
    .split(/[\s,]+/)
    .filter((element) => element !== '')
}

function same(element: string, wanted: AttributeValue): boolean {
  return typeof wanted === 'number' ? toNumber(element) === wanted : element === wanted
}

/** Null for a text that is no finite number. */
export function toNumber(value: AttributeValue): number | null {
  if (typeof value === 'number') return value
  if (value.trim() === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
