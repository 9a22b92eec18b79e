/** The JSON Schema compiler of the API, apart so that validate.ts loads it no sooner than a body must be checked. */
import { Ajv, type ValidateFunction } from 'ajv'

export function compileSchema(schema: object): ValidateFunction {
  return new Ajv({ verbose: true, allowUnionTypes: true }).compile(schema)
}
