/** The JSON Schema compiler of the API, apart so that validate.ts loads it no sooner than a body must be checked. */
import { Ajv, type ValidateFunction } from 'ajv'

/** `verbose`: an error carries its schema, whose description says what a pattern wants. */
const ajv = new Ajv({ verbose: true, allowUnionTypes: true })

export function compileSchema(schema: object): ValidateFunction {
  return ajv.compile(schema)
}
