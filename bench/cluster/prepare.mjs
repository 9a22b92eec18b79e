/** The database before the start: hosts with agents whose credentials are known here, and operators' tokens, written as the program keeps them. */
import { createHash, randomBytes } from 'node:crypto'

const secret = (kind) => `berth_${kind}_${randomBytes(32).toString('base64url')}`
const hashOf = (text) => createHash('sha256').update(text).digest('hex')

/** Gives hosts with their credentials, and tokens: several, since one may ask so often only. */
export async function prepareCluster(berth, file, { hosts: count, tokens: people }) {
  const db = await berth.openDatabase(file, { migrate: true })
  const hosts = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const wish = { name: `load-${n}`, cluster: 'default', driver: 'simulator', uri: '/load', agent: true }
      const { id, name } = await berth.addHost(db, { ...wish, enabled: true, filter: null, attributes: {} })
      return { id, name, credential: secret('a') }
    }),
  )
  const tokens = Array.from({ length: people }, () => secret('u'))
  await db.transaction(async (q) => {
    for (const { id, credential } of hosts)
      await q
        .insertInto('agents')
        .values({ host: id, credential_hash: hashOf(credential), joined_at: Date.now() })
        .execute()
    for (const [n, token] of tokens.entries()) {
      const row = { name: `load-${n}`, owner: `load-${n}`, role: 'operator', hash: hashOf(token) }
      await q
        .insertInto('tokens')
        .values({ ...row, created_at: Date.now(), created_by: 'bench', expires_at: null, used_at: null })
        .execute()
    }
  })
  await db.close()
  return { hosts, tokens }
}
