/** The controller's certificate and key: read, and found to be usable, before anything listens. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { InvalidInput } from '../model/errors.ts'

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

export interface Certificate {
  /** PEM; with the chain, where the file has one. */
  readonly cert: string
  readonly key: string
  /** SHA-256, hex. */
  readonly fingerprint: string
  /** Nobody vouches for it: whoever connects must know its fingerprint. */
  readonly selfSigned: boolean
  readonly expires: Date
}

/**
 * InvalidInput `tls-unreadable`: a file cannot be read, or holds no PEM; `tls-key-open`: others than owner and group can read the key;
 * `tls-mismatch`: the key is not the certificate's; `tls-expired`: or not yet valid. `now` in ms since the epoch.
 */
export async function loadCertificate(files: CertificateFiles, now: number): Promise<Certificate> {
  const [cert, key] = [await read(files.cert), await read(files.key)]
  await requireClosed(files.key)
  const x509 = parsed(files.cert, 'certificate', () => new X509Certificate(cert))
  const privateKey = parsed(files.key, 'private key without a passphrase', () => createPrivateKey(key))
  if (!x509.checkPrivateKey(privateKey))
    throw new InvalidInput(
      'tls-mismatch',
      `the key in ${files.key} is not that of the certificate in ${files.cert}; the file must begin with the controller's own certificate, those of its authorities after it`,
      { ...files },
    )
  const [from, expires] = [new Date(x509.validFrom), new Date(x509.validTo)]
  if (now < from.getTime() || now >= expires.getTime())
    throw new InvalidInput(
      'tls-expired',
      `the certificate in ${files.cert} is valid from ${from.toISOString()} to ${expires.toISOString()}, and now it is ${new Date(now).toISOString()}`,
      { ...files },
    )
  const fingerprint = x509.fingerprint256.replaceAll(':', '').toLowerCase()
  const selfSigned = x509.issuer === x509.subject && x509.verify(x509.publicKey)
  return { cert, key, fingerprint, selfSigned, expires }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InvalidInput('tls-unreadable', `${path} cannot be read: ${why}`, { path }, error)
  }
}

async function requireClosed(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o007) === 0) return
  throw new InvalidInput(
    'tls-key-open',
    `the private key ${path} can be read by everybody on this machine (mode ${(mode & 0o777).toString(8)}): chmod o= ${path}`,
    { path },
  )
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new InvalidInput('tls-unreadable', `${path} holds no ${what} in PEM form`, { path }, error)
  }
}
