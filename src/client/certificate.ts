/** The certificate that a server shows, looked at before anything is said to it. */
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { CommandFailed } from '../model/errors.ts'
import { fingerprintOf } from './pinned.ts'
import { parseServerUrl } from './server-url.ts'

export interface Certificate {
  /** SHA-256, hex. */
  readonly fingerprint: string
  /** This machine's authorities vouch for it, and it is this server's. */
  readonly trusted: boolean
}

/** Null = plain HTTP, which shows none. InvalidInput as parseServerUrl; CommandFailed `server-unreachable`. */
export async function lookAtCertificate(server: string, timeoutMs = 15_000): Promise<Certificate | null> {
  const url = parseServerUrl(server)
  if (url.protocol === 'http:') return null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket = connect({
    host,
    port: Number(url.port || 443),
    rejectUnauthorized: false,
    timeout: timeoutMs,
    ...(isIP(host) === 0 && { servername: host }),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('timeout', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)))
    })
    return { fingerprint: fingerprintOf(socket), trusted: socket.authorized }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new CommandFailed(
      'server-unreachable',
      `${url.origin} does not answer: ${words}`,
      { server: url.origin },
      error,
    )
  } finally {
    socket.destroy()
  }
}
