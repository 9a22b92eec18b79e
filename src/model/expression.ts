/** OpenNebula's SCHED_REQUIREMENTS and SCHED_RANK, parsed: read by src/template, evaluated by scheduler/. */

export type AttributeValue = string | number

export type ComparisonOperator = '=' | '!=' | '>' | '<' | '@>'

/** A requirement: `&`, `|`, `!` over comparisons of one host attribute with a constant. `@>` = the (list) value contains. */
export type Requirement =
  | { readonly type: 'and'; readonly left: Requirement; readonly right: Requirement }
  | { readonly type: 'or'; readonly left: Requirement; readonly right: Requirement }
  | { readonly type: 'not'; readonly operand: Requirement }
  | { readonly type: 'constant'; readonly value: boolean }
  | {
      readonly type: 'comparison'
      readonly attribute: string
      readonly operator: ComparisonOperator
      /** A string is a shell glob for `=` and `!=`. */
      readonly value: AttributeValue
    }

/** A rank: arithmetic over host attributes; higher is better. */
export type Rank =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'attribute'; readonly name: string }
  | { readonly type: 'negate'; readonly operand: Rank }
  | { readonly type: '+' | '-' | '*' | '/'; readonly left: Rank; readonly right: Rank }
