/** Documents that many routes answer with, said once under their names. */
import type { Schema } from '../../model/schemas/shape.ts'

export interface Components {
  /** What stands in the schema's place: a reference, where it has a name. */
  use(schema: Schema): Schema
  /** Those that were used, by name. */
  all(): Readonly<Record<string, Schema>>
}

export function createComponents(): Components {
  const named = new Map<string, Schema>()
  return {
    use: (schema) => {
      const { $id, $schema, ...bare } = schema
      const name = typeof $id === 'string' ? /^berth\.([a-z-]+)\/\d+$/.exec($id)?.[1] : undefined
      if (name === undefined) return bare
      named.set(name, bare)
      return { $ref: `#/components/schemas/${name}` }
    },
    all: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
