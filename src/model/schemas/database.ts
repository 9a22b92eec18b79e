/** JSON Schema of what the commands of `berth db` print with `--json`. */
import { described, document, INTEGER, listOf, orNull, record, STRING } from './shape.ts'

const PROBLEMS = listOf(
  record({ code: described(STRING, 'Stable; listed in docs/errors.md'), message: STRING }),
  'Empty = the database is sound',
)

export const DB_CHECK_SCHEMA = document(
  'db-check',
  'Broken invariants',
  record({
    problems: PROBLEMS,
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

export const DB_BACKUP_SCHEMA = document(
  'db-backup',
  'A backup of a SQLite database',
  record({
    location: described(STRING, 'The file that was copied'),
    file: STRING,
    bytes: INTEGER,
    problems: described(
      orNull(PROBLEMS),
      'Null = its schema is of another version, and only its pages were verified',
    ),
  }),
)

export const DB_COPY_SCHEMA = document(
  'db-copy',
  'A database copied into an empty one',
  record({
    from: described(STRING, "The file's path, or the URL without its password"),
    to: STRING,
    cluster: described(STRING, 'The id that both have'),
    rows: { type: 'object', additionalProperties: INTEGER, description: 'Of each table' },
  }),
)
