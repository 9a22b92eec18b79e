/** What this host joined, kept in its state: whom it talks to, as whom, and with what. Nobody else on the machine may read it. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, NotFound } from '../model/errors.ts'
import type { HostDriver } from '../model/host.ts'
import { isRecord } from './answers.ts'

export interface Membership {
  readonly server: string
  /** SHA-256 of the certificate that the controller shows, hex; null = one that an authority vouches for. */
  readonly fingerprint: string | null
  readonly host: { readonly id: number; readonly name: string }
  readonly credential: string
  readonly cluster: string
  readonly driver: HostDriver
  readonly uri: string
}

const FILE = 'agent.json'

export const hasJoined = (dir: string): boolean => existsSync(join(dir, FILE))

/** NotFound `agent-not-joined`; CommandFailed `agent-state` where it cannot be read. */
export function readMembership(dir: string): Membership {
  if (!hasJoined(dir))
    throw new NotFound(
      'agent-not-joined',
      `this host has not joined a controller (${join(dir, FILE)} is not there): berth agent join --server URL --token TOKEN, with a token of berth token join HOST`,
      { state: dir },
    )
  const value = orFailed(dir, (): unknown => JSON.parse(readFileSync(join(dir, FILE), 'utf8')))
  if (isMembership(value)) return value
  throw failed(dir, 'it is damaged; join again with --force', undefined)
}

/** For this user alone, where it is made. CommandFailed `agent-state`. */
export function makeStateFolder(dir: string): void {
  orFailed(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }))
}

/** All of it or nothing of it stands there afterwards. CommandFailed `agent-state`. */
export async function writeMembership(dir: string, membership: Membership): Promise<void> {
  const temporary = join(dir, `.${FILE}.new`)
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.chmod(0o600)
      await file.writeFile(`${JSON.stringify(membership, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    renameSync(temporary, join(dir, FILE))
  } catch (error) {
    throw failed(dir, wordsOf(error), error)
  }
}

function isMembership(value: unknown): value is Membership {
  if (!isRecord(value) || !isRecord(value.host)) return false
  const texts = [value.server, value.host.name, value.credential, value.cluster, value.uri]
  return (
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(value.host.id) &&
    (value.fingerprint === null || typeof value.fingerprint === 'string') &&
    (value.driver === 'libvirt' || value.driver === 'simulator')
  )
}

function orFailed<T>(dir: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failed(dir, wordsOf(error), error)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function failed(dir: string, why: string, cause: unknown): CommandFailed {
  return new CommandFailed(
    'agent-state',
    `the agent's state in ${dir} cannot be used: ${why}`,
    { state: dir },
    cause,
  )
}
