/** A host joins a controller: a token that is good once becomes a credential of its own. */
import { createClient } from '../client/client.ts'
import { parseFingerprint } from '../client/pinned.ts'
import type { JoinRequest } from '../model/agent-protocol.ts'
import { Conflict, Forbidden, InvalidInput } from '../model/errors.ts'
import type { HostDriver } from '../model/host.ts'
import { isRecord, readJoin } from './answers.ts'
import { hasJoined, type Membership } from './membership.ts'

export interface JoinOptions {
  readonly server: string
  /** As it was printed; the part behind a dot is the fingerprint of the controller's certificate. */
  readonly token: string
  /** Given apart; null = that of the token, if it has one. */
  readonly fingerprint: string | null
  readonly version: string
  readonly driver: HostDriver
  readonly uri: string
}

/** Conflict `agent-joined` where `dir` belongs to a controller already and may not be overwritten. */
export function requireNotJoined(dir: string, force: boolean): void {
  if (force || !hasJoined(dir)) return
  throw new Conflict(
    'agent-joined',
    `this host has joined a controller already (berth agent status tells which); with --force it joins anew, and the credential that it has is given up`,
    { state: dir },
  )
}

/**
 * What is to be kept; nothing was written. InvalidInput `fingerprint-invalid`, `server-url`, `server-insecure`; Forbidden
 * `join-refused`, `server-impostor`; CommandFailed `server-unreachable`.
 */
export async function askToJoin(options: JoinOptions): Promise<Membership> {
  const { server, version, driver, uri } = options
  const [token = '', pinned = null] = options.token.trim().split('.', 2)
  const fingerprint = readFingerprint(options.fingerprint ?? pinned)
  const client = createClient({ server, token: null, fingerprint })
  try {
    const request: JoinRequest = { token, version, driver, uri }
    const { status, body } = await client.request('POST', '/v1/join', request)
    if (status >= 300) throw refused(status, body)
    const { host, credential, cluster } = readJoin(body)
    return { server, fingerprint, host: { id: host.id, name: host.name }, credential, cluster, driver, uri }
  } finally {
    client.close()
  }
}

function readFingerprint(text: string | null): string | null {
  const fingerprint = text === null ? null : parseFingerprint(text)
  if (text === null || fingerprint !== null) return fingerprint
  throw new InvalidInput(
    'fingerprint-invalid',
    `'${text}' is no fingerprint of a certificate: it must be 64 hexadecimal digits (SHA-256), colons or not`,
    { fingerprint: text },
  )
}

function refused(status: number, body: unknown): Forbidden {
  const detail = isRecord(body) && typeof body.detail === 'string' ? body.detail : `status ${status}`
  const another = 'a token is good once, for one host, and not for long; another: berth token join HOST'
  const remedy =
    status === 429 ? 'try again in a minute' : detail.includes('berth token join') ? null : another
  const words = remedy === null ? detail : `${detail}; ${remedy}`
  return new Forbidden('join-refused', `the controller did not let this host join: ${words}`, {
    status,
    code: isRecord(body) && typeof body.code === 'string' ? body.code : null,
  })
}
