/** The JSON Schema compiler of the API, apart so that validate.ts loads it no sooner than a body must be checked. */
import { Ajv, type ValidateFunction } from 'ajv'

/**
 * `verbose`: an error carries its schema, whose description says what a pattern wants. A test checks the schemas
 * themselves; doing it here would compile the meta-schema in every process that sends one request.
 */
const ajv = new Ajv({ verbose: true, allowUnionTypes: true, validateSchema: false, meta: false })

export function compileSchema(schema: object): ValidateFunction {
  return ajv.compile(schema)
}
