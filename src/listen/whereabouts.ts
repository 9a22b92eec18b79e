/** Where the controller was seen listening last, for commands on its machine that tell others: a small file beside its certificate. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Whereabouts {
  readonly url: string
  /** SHA-256, hex; null = nobody needs it. */
  readonly fingerprint: string | null
}

const FILE = 'controller.json'

export async function writeWhereabouts(folder: string, { url, fingerprint }: Whereabouts): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const part = join(folder, `${FILE}.${process.pid}`)
  await writeFile(part, `${JSON.stringify({ url, fingerprint })}\n`, { mode: 0o600 })
  await rename(part, join(folder, FILE))
}

/** Null = it has not listened yet, or keeps its files elsewhere. */
export async function readWhereabouts(folder: string): Promise<Whereabouts | null> {
  let text: string
  try {
    text = await readFile(join(folder, FILE), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const found: unknown = JSON.parse(text)
  if (typeof found !== 'object' || found === null || !('url' in found) || !('fingerprint' in found))
    return null
  const { url, fingerprint } = found
  if (typeof url !== 'string') return null
  return { url, fingerprint: typeof fingerprint === 'string' ? fingerprint : null }
}
