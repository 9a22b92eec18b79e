/** YAML text of a JSON document; as with JSON, nothing in it can steer a terminal. */
import { Document, isScalar, Scalar, visit } from 'yaml'

/** Unicode's controls but for the line feed, lone surrogates, separators, marks that turn the direction of writing. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

const reference = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The same document, whatever reads it: strings that hold something unsafe are quoted, and that escaped. */
export function yamlText(document: unknown): string {
  const tree = new Document(document ?? null, { aliasDuplicateObjects: false })
  visit(tree, {
    Scalar: (_, node) => {
      if (isScalar(node) && typeof node.value === 'string' && node.value.search(UNSAFE) !== -1)
        node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return tree.toString({ lineWidth: 0 }).replace(UNSAFE, reference)
}
