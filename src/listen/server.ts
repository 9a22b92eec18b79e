/** The sockets' end of the door: TLS or, on this machine only, plain HTTP; nobody holds a connection who says nothing. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Certificate } from './certificate.ts'

/** Agents have one to three connections each. */
const MOST_CONNECTIONS = 8192

const OPTIONS = {
  /** Tokens are short, URLs too. */
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  /** For all of a request, a report of 16 MiB over a slow line; answers may take longer. */
  requestTimeout: 120_000,
  /** Longer than any agent's pause. */
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
} as const

export interface DoorServer {
  readonly factory: (handler: RequestListener) => Server
  /** New connections are shown this one; those that are open stay. */
  renew(certificate: Certificate): void
}

/** `certificate` null = plain HTTP. */
export function doorServer(certificate: Certificate | null): DoorServer {
  let renew: DoorServer['renew'] = () => {}
  return {
    renew: (next) => renew(next),
    factory: (handler) => {
      if (certificate === null) return limited(createHttpServer(OPTIONS, handler))
      const { cert, key } = certificate
      const tls = { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 } as const
      const server = createHttpsServer({ ...OPTIONS, ...tls }, handler)
      renew = (next) => server.setSecureContext({ cert: next.cert, key: next.key, minVersion: 'TLSv1.2' })
      return limited(server)
    },
  }
}

function limited<S extends Server>(server: S): S {
  server.maxConnections = MOST_CONNECTIONS
  return server
}
