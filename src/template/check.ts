/** Tree -> checked tree: every known value has the form that schema.ts says (ajv), nothing single is given twice differently. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { InvalidInput } from '../model/errors.ts'
import { invalidAt, positionAt } from './position.ts'
import { FORMATS, type FormatName, KNOWN_NAMES, TEMPLATE_SCHEMA, VECTOR_NAMES } from './schema.ts'
import type { Attribute, Pair, TemplateTree } from './tree.ts'
import { given } from './values.ts'

let compiled: ValidateFunction | undefined

/** Compiled on first use: most command lines never read a template. */
function schemaCheck(): ValidateFunction {
  compiled ??= new Ajv({
    strict: false,
    formats: Object.fromEntries(Object.entries(FORMATS).map(([name, { validate }]) => [name, validate])),
  }).compile(TEMPLATE_SCHEMA)
  return compiled
}

/** Throws InvalidInput `template-invalid`, which names line, column, attribute and what was expected. */
export function checkTree(tree: TemplateTree): void {
  checkRepeats(tree)
  const check = schemaCheck()
  if (check(asObject(tree))) return
  const error = check.errors?.[0]
  if (error) throw schemaError(tree, error)
}

function checkRepeats(tree: TemplateTree): void {
  for (const attribute of tree.attributes) {
    if (attribute.kind === 'vector' && VECTOR_NAMES.has(attribute.name)) {
      for (const pair of attribute.pairs) {
        const first = attribute.pairs.find((other) => other.name === pair.name)
        if (first && given(first) !== given(pair))
          throw twice(tree, `${attribute.name}: ${pair.name}`, first.offset, pair.offset)
      }
    } else if (attribute.kind === 'single' && KNOWN_NAMES.has(attribute.name)) {
      const first = tree.attributes.find((other) => other.name === attribute.name)
      if (first?.kind === 'single' && given(first) !== given(attribute))
        throw twice(tree, attribute.name, first.offset, attribute.offset)
    }
  }
}

function twice(tree: TemplateTree, what: string, first: number, second: number): InvalidInput {
  const { line } = positionAt(tree.text, first)
  const message = `${what} was given with another value in line ${line}; keep one of the two`
  return invalidAt('template-invalid', tree.text, second, message, { attribute: what })
}

function asObject(tree: TemplateTree): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const attribute of tree.attributes) {
    const value = plainValue(attribute)
    if (VECTOR_NAMES.has(attribute.name)) object[attribute.name] = [...listAt(object, attribute.name), value]
    else if (value !== null && object[attribute.name] === undefined) object[attribute.name] = value
  }
  return object
}

function listAt(object: Record<string, unknown>, name: string): readonly unknown[] {
  const list = object[name]
  return Array.isArray(list) ? list : []
}

function plainValue(attribute: Attribute): string | Record<string, string> | null {
  if (attribute.kind === 'single') return given(attribute)
  const object: Record<string, string> = {}
  for (const pair of attribute.pairs) {
    const value = given(pair)
    if (value !== null) object[pair.name] = value
  }
  return object
}

/** `/PCI/1/VENDOR` -> the place and the words. */
function schemaError(tree: TemplateTree, error: ErrorObject): InvalidInput {
  const [name = '', ...rest] = error.instancePath.slice(1).split('/')
  const same = tree.attributes.filter((attribute) => attribute.name === name)
  const index = VECTOR_NAMES.has(name) ? Number(rest[0]) : 0
  const key = VECTOR_NAMES.has(name) ? rest[1] : rest[0]
  const attribute = same[index]
  const pair = attribute?.kind === 'vector' ? attribute.pairs.find((other) => other.name === key) : undefined
  const what = pair ? `${name}: ${pair.name}` : name
  const place: Pair | Attribute | undefined = pair ?? attribute
  const found = pair?.value ?? (attribute?.kind === 'single' ? attribute.value : '[ ... ]')
  const message = `${what} = ${JSON.stringify(found)}: expected ${expectedBy(error)}`
  return invalidAt('template-invalid', tree.text, place?.offset ?? 0, message, {
    attribute: what,
    value: found,
  })
}

function expectedBy(error: ErrorObject): string {
  const format: unknown = error.params.format
  if (error.keyword === 'format' && isFormat(format)) return FORMATS[format].expected
  return error.params.type === 'object'
    ? 'a block in brackets: [ KEY = "value", ... ]'
    : 'one value, no brackets'
}

function isFormat(name: unknown): name is FormatName {
  return typeof name === 'string' && name in FORMATS
}
