/** A template as a tree: what parse.ts reads out of the text and print.ts writes back, losslessly. */

/** `KEY = value` inside brackets. */
export interface Pair {
  /** Upper case, as OpenNebula matches names. */
  readonly name: string
  readonly value: string
  /** Where its name begins in the text, in UTF-16 units from 0. */
  readonly start: number
  /** Where the value stands. */
  readonly offset: number
  /** Behind the value. */
  readonly end: number
}

interface AttributeBase {
  /** Upper case. */
  readonly name: string
  /** Where it begins in the text; `source` goes on from there. */
  readonly start: number
  /** Where its value stands. */
  readonly offset: number
  /** Blanks, line ends and comments between the attribute before and this one. */
  readonly before: string
  /** The attribute exactly as it was written. */
  readonly source: string
}

/** `NAME = value` */
export interface SingleAttribute extends AttributeBase {
  readonly kind: 'single'
  readonly value: string
}

/** `NAME = [ KEY = value, ... ]` */
export interface VectorAttribute extends AttributeBase {
  readonly kind: 'vector'
  readonly pairs: readonly Pair[]
}

export type Attribute = SingleAttribute | VectorAttribute

export interface TemplateTree {
  readonly text: string
  readonly attributes: readonly Attribute[]
  /** Blanks and comments after the last attribute. */
  readonly after: string
}
