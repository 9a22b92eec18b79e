/** Secrets that open the door: 256 random bits with a word before that tells what they are. Kept as SHA-256 only: there is nothing to guess. */
import { createHash, randomBytes } from 'node:crypto'

/** `u` = a person's, `a` = an agent's, `j` = good once, to join. */
export type SecretKind = 'u' | 'a' | 'j'

export const newSecret = (kind: SecretKind): string =>
  `berth_${kind}_${randomBytes(32).toString('base64url')}`

/** Hex, as the database keeps it. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Null = nothing that was ever given out. */
export function kindOf(secret: string): SecretKind | null {
  const kind = /^berth_([uaj])_[\w-]{43}$/.exec(secret)?.[1]
  return kind === 'u' || kind === 'a' || kind === 'j' ? kind : null
}

/** What a join token carries behind its secret is for the one who joins: the fingerprint that the server's certificate must have. */
export const withFingerprint = (secret: string, fingerprint: string | null): string =>
  fingerprint === null ? secret : `${secret}.${fingerprint}`

export const withoutFingerprint = (token: string): string => token.split('.', 1)[0] ?? ''
