/** A `berth serve` as it is shipped, listening over TLS with the certificate that it made, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Role } from '../../src/model/identity.ts'
import { type Background, berth, berthInBackground } from './shipped.ts'

export interface Served {
  readonly folder: string
  readonly url: string
  readonly fingerprint: string
  readonly program: Background
  /** Waits until it has said that; gives what the words' group holds. */
  said(words: RegExp): Promise<string>
  /** A token's secret. */
  token(name: string, role: Role): Promise<string>
  remove(): Promise<void>
}

export async function startServed(...options: readonly string[]): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-served-'))
  const listen = ['--listen', '127.0.0.1:0', '--tls-self-signed']
  const program = berthInBackground(folder, 'serve', ...listen, ...options)
  const said = async (words: RegExp) => {
    const found = await vi.waitUntil(() => words.exec(program.said()), { timeout: 30_000, interval: 50 })
    return found[1] ?? ''
  }
  const url = await said(/listening on (https:\S+)/)
  const fingerprint = await said(/fingerprint: ([0-9a-f]{64})/)
  await said(/serving (.+)/)
  return {
    ...{ folder, url, fingerprint, program, said },
    token: async (name, role) => (await berth(folder, 'token', 'create', name, '--role', role)).stdout,
    remove: async () => {
      program.signal('SIGKILL')
      await program.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
