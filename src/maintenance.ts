/** `berth db`: the database itself, past the API. */
import { checkDatabase } from './database/check.ts'
import { SCHEMA_VERSION } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'

/** What it did, in one line. */
export async function migrateDatabase(url: string): Promise<string> {
  const database = await openDatabase(url, { migrate: true })
  try {
    return `${database.location} is at schema ${SCHEMA_VERSION}`
  } finally {
    await database.close()
  }
}

/** Each broken invariant in words; none = sound. */
export async function checkDatabaseFile(url: string): Promise<{ readonly problems: readonly string[] }> {
  const database = await openDatabase(url, { migrate: false })
  try {
    const violations = await database.read((q) => checkDatabase(q))
    return { problems: violations.map(({ message }) => message) }
  } finally {
    await database.close()
  }
}
