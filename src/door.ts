/** The door to the network: the API over TLS, or over plain HTTP on this machine only, for whoever shows a token. */
import { hostname } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { buildApi } from './api/app.ts'
import { closeGently } from './api/closing.ts'
import { createDoor } from './api/door/door.ts'
import type { ApiDeps } from './api/ports.ts'
import { inUrl, type ListenAddress } from './listen/address.ts'
import { type Certificate, type CertificateFiles, loadCertificate } from './listen/certificate.ts'
import { cannotListen } from './listen/free.ts'
import { doorServer } from './listen/server.ts'
import { endUnread } from './listen/unread.ts'
import { writeWhereabouts } from './listen/whereabouts.ts'
import { InvalidInput } from './model/errors.ts'

/** What is being answered by then is cut off. */
const CLOSE_MS = 10_000

export interface DoorOptions {
  readonly address: ListenAddress
  /** Null = none was given. */
  readonly files: CertificateFiles | null
  /** One is made where there is none. */
  readonly selfSigned: boolean
  /** Folder for the certificate that is made, and for what other commands need to know. */
  readonly state: string
}

export interface OpenDoor {
  readonly url: string
  /** Null = plain HTTP, or a certificate that somebody vouches for. */
  readonly fingerprint: string | null
  /** Reads the certificate's files anew; where they are no good the old one stays. InvalidInput as loadCertificate. */
  renew(): Promise<void>
  /** Takes no further connections; what is being answered is answered. */
  close(): Promise<void>
}

/**
 * InvalidInput `tls-required`: another address than this machine's own without TLS; `tls-options`; as loadCertificate. CommandFailed
 * `cannot-listen`.
 */
export async function openDoor(deps: ApiDeps, options: DoorOptions): Promise<OpenDoor> {
  const { address, state } = options
  const files = await filesOf(options, deps.now())
  const certificate = files === null ? null : await loadCertificate(files, deps.now())
  const server = doorServer(certificate)
  const door = createDoor(deps)
  const app = await buildApi({
    ...deps,
    identify: door.identify,
    refused: (request, problem) => {
      door.refused(request, problem)
      endUnread(request.raw)
    },
    serverFactory: server.factory,
  })
  try {
    const url = await listen(app, address, certificate)
    const fingerprint = pinOf(certificate)
    await writeWhereabouts(state, { url, fingerprint })
    return {
      ...{ url, fingerprint },
      renew: async () => {
        if (files === null) return
        const next = await loadCertificate(files, deps.now())
        server.renew(next)
        // Join tokens from now on carry the new one's.
        await writeWhereabouts(state, { url, fingerprint: pinOf(next) })
      },
      close: () => closeGently(app, CLOSE_MS),
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** What clients are to know it by; null = somebody vouches for it, or there is none. */
const pinOf = (certificate: Certificate | null): string | null =>
  certificate?.selfSigned === true ? certificate.fingerprint : null

async function filesOf(options: DoorOptions, now: number): Promise<CertificateFiles | null> {
  const { address, files, selfSigned, state } = options
  if (files !== null && selfSigned)
    throw new InvalidInput('tls-options', 'either --tls-cert with --tls-key, or --tls-self-signed')
  if (files !== null) return files
  if (selfSigned) {
    const { selfSignedFiles } = await import('./listen/self-signed.ts')
    return selfSignedFiles(state, address.host, now)
  }
  if (address.loopback) return null
  throw new InvalidInput(
    'tls-required',
    `listening on ${address.host}, where other machines reach it, takes TLS: --tls-cert FILE --tls-key FILE, or --tls-self-signed to have a certificate made; --listen 127.0.0.1:${address.port} is this machine only`,
    { host: address.host },
  )
}

/** Gives the URL. */
async function listen(
  app: FastifyInstance,
  { host, port }: ListenAddress,
  certificate: Certificate | null,
): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw cannotListen({ host, port }, error)
  }
  const bound = app.server.address()
  const given = typeof bound === 'object' && bound !== null ? bound.port : port
  const name = /^(?:0\.0\.0\.0|::)$/.test(host) ? hostname() : host
  return `${certificate === null ? 'http' : 'https'}://${inUrl(name)}:${given}`
}
