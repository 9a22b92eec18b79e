/** JSON Schema of what `berth db check` and `berth db migrate` print with `--json`. */
import { described, document, INTEGER, listOf, record, STRING } from './shape.ts'

export const DB_CHECK_SCHEMA = document(
  'db-check',
  'Broken invariants',
  record({
    problems: listOf(
      record({ code: described(STRING, 'Stable; listed in docs/errors.md'), message: STRING }),
      'Empty = the database is sound',
    ),
  }),
)

export const DB_MIGRATE_SCHEMA = document(
  'db-migrate',
  'The database after a migration',
  record({
    location: described(STRING, "The file's path, or the URL without its password"),
    schemaVersion: INTEGER,
  }),
)
