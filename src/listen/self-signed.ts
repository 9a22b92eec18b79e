/** The certificate that a controller without one makes for itself, once: agents and people know it by its fingerprint. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { InvalidInput } from '../model/errors.ts'
import type { CertificateFiles } from './certificate.ts'

const YEARS = 20

/** One file with both, so that there are never two halves of different certificates. */
const FILE = 'controller.pem'

/** Makes it in `folder` where there is none. InvalidInput `tls-unwritable`. */
export async function selfSignedFiles(folder: string, host: string, now: number): Promise<CertificateFiles> {
  const path = join(folder, FILE)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (!(await exists(path))) await make(path, host, now)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InvalidInput(
      'tls-unwritable',
      `no certificate can be made in ${folder} (BERTH_STATE): ${why}`,
      { folder },
      error,
    )
  }
  return { cert: path, key: path }
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** Of two programs that start at once the second takes the first one's: a link does not replace what is there. */
async function make(path: string, host: string, now: number): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'berth' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A host's clock may be behind.
    notBeforeDate: new Date(now - 24 * 3600 * 1000),
    notAfterDate: new Date(now + YEARS * 365 * 24 * 3600 * 1000),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: hostname() },
          { type: 7, ip: '127.0.0.1' },
          ...(/^(?:0\.0\.0\.0|::)$/.test(host) ? [] : [{ type: 7 as const, ip: host }]),
        ],
      },
    ],
  })
  const part = `${path}.${randomUUID()}`
  await writeFile(part, `${cert}\n${key}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(part, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(part, { force: true })
  }
}
