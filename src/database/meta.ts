/** The table `meta`: which database this is. */
import type { Queries } from './tables.ts'

/** Stands in the metadata of every domain that this database's orders make. */
export async function readCluster(q: Queries): Promise<string> {
  return (await q.selectFrom('meta').select('cluster').executeTakeFirstOrThrow()).cluster
}

/** Of the database as it is now: another program may have brought it forward. */
export async function readSchemaVersion(q: Queries): Promise<number> {
  return (await q.selectFrom('meta').select('schema_version').executeTakeFirstOrThrow()).schema_version
}
