/** TLS to a server whose certificate nobody signed: known by its fingerprint, checked before a byte of a request is sent. */
import { Agent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'
import { Forbidden } from '../model/errors.ts'

export { parseFingerprint } from './fingerprint.ts'

/** Of the certificate at the other end. */
export const fingerprintOf = (socket: TLSSocket): string =>
  socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase() ?? ''

/** Connections to the server that shows this certificate, and to no other: Forbidden `server-impostor`. */
export class PinnedAgent extends Agent {
  readonly #fingerprint: string
  readonly #patienceMs: number

  constructor(fingerprint: string, options: AgentOptions, patienceMs = 15_000) {
    // A resumed session shows no certificate.
    super({ ...options, maxCachedSessions: 0 })
    this.#fingerprint = fingerprint
    this.#patienceMs = patienceMs
  }

  override createConnection(
    options: Parameters<Agent['createConnection']>[0],
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const socket = connect({ ...(options as object), rejectUnauthorized: false })
    const failed = (error: Error) => callback?.(error, socket)
    socket.once('error', failed)
    const patient = endUnlessSecure(socket, this.#patienceMs)
    socket.once('close', patient)
    socket.once('secureConnect', () => {
      patient()
      const shown = fingerprintOf(socket)
      socket.off('error', failed)
      if (shown === this.#fingerprint) callback?.(null, socket)
      else {
        socket.destroy()
        callback?.(impostor(this.#fingerprint, shown), socket)
      }
    })
  }
}

/** A request that is given up does not end it: a server that takes connections and says nothing would be left with one more each time. */
function endUnlessSecure(socket: TLSSocket, patienceMs: number): () => void {
  const end = () => socket.destroy(new Error('it does not speak TLS in time'))
  const timer = setTimeout(end, patienceMs)
  return () => clearTimeout(timer)
}

function impostor(pinned: string, shown: string): Forbidden {
  return new Forbidden(
    'server-impostor',
    `the server shows another certificate (SHA-256 ${shown}) than the one that is trusted (${pinned}): nothing was sent. If its certificate was renewed on purpose, trust the new one`,
    { pinned, shown },
  )
}
