/** `-f`: conditions on a list's columns, in OpenNebula's syntax. */

export type FilterOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~'

export interface Condition {
  /** Upper case. */
  readonly column: string
  readonly operator: FilterOperator
  readonly value: string
}

const CONDITION = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*(!=|<=|>=|=|<|>|~)(.*)$/s

/**
 * Reads `NAME=value`, several separated by commas; all must hold. `~` = contains. `==` is none of the operators.
 * Gives the text of the first condition that cannot be read instead.
 */
export function parseFilter(text: string): readonly Condition[] | { readonly wrong: string } {
  const conditions: Condition[] = []
  for (const part of text.split(',')) {
    const match = CONDITION.exec(part)
    const [, column = '', operator = '', value = ''] = match ?? []
    if (!match || value.startsWith('=')) return { wrong: part }
    conditions.push({
      column: column.toUpperCase(),
      operator: operator as FilterOperator,
      value: value.trim(),
    })
  }
  return conditions
}

function order(left: number | string, right: number | string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/**
 * Whether a cell satisfies a condition. `fact` = what the cell stands for (a number where it is one), `shown` = its
 * text, `operand` = the condition's value as a number, null where it is none. Numbers are compared as numbers, all
 * else as text; a cell without a value satisfies only `!=` and `=` with nothing after it.
 */
export function satisfies(
  condition: Condition,
  fact: number | string | null,
  shown: string,
  operand: number | null,
): boolean {
  const { operator, value } = condition
  const equal = shown === value || (typeof fact === 'number' ? fact === operand : (fact ?? '') === value)
  if (operator === '=') return equal
  if (operator === '!=') return !equal
  if (operator === '~') return shown.includes(value)
  if (fact === null) return false
  const difference =
    typeof fact === 'number' && operand !== null ? order(fact, operand) : order(String(fact), value)
  if (operator === '<') return difference < 0
  if (operator === '<=') return difference <= 0
  return operator === '>' ? difference > 0 : difference >= 0
}
