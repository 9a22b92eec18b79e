/** `berth db`: the database itself, past the API. */
import type { DatabaseProblem, DatabaseVersion } from './cli/ports.ts'
import { checkDatabase } from './database/check.ts'
import { SCHEMA_VERSION } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'

/** Where the database is and the schema that it has now. */
export async function migrateDatabase(url: string): Promise<DatabaseVersion> {
  const database = await openDatabase(url, { migrate: true })
  try {
    return { location: database.location, schemaVersion: SCHEMA_VERSION }
  } finally {
    await database.close()
  }
}

/** Each broken invariant; none = sound. */
export async function checkDatabaseFile(url: string): Promise<readonly DatabaseProblem[]> {
  const database = await openDatabase(url, { migrate: false })
  try {
    return await database.read((q) => checkDatabase(q))
  } finally {
    await database.close()
  }
}
