/** Runs `berth opennebula place` in this process, as OpenNebula's driver would. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOpenNebula } from '../../src/opennebula/command.ts'

export interface Placed {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export const EMPTY_PLAN = '<?xml version="1.0" encoding="UTF-8"?>\n<PLAN>\n  <ID>-1</ID>\n</PLAN>\n'

async function* chunks(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** What comes in is handed over in pieces of `size` bytes. */
export async function runPlace(
  input: string | Buffer,
  argv: readonly string[] = ['--conf', '/dev/null'],
  size = 1000,
): Promise<Placed> {
  let stdout = ''
  let stderr = ''
  const status = await runOpenNebula(['place', ...argv], {
    stdin: chunks(Buffer.from(input), size),
    onStop: () => undefined,
    environment: {},
    distFile: (name) => `/opt/berth/dist/${name}`,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { status, stdout, stderr }
}

/** The document as the driver sends it. */
export const base64 = (xml: string): string => Buffer.from(xml).toString('base64')

/** With a configuration's text in a file. */
export async function placeWith(conf: string, xml: string): Promise<Placed> {
  const dir = mkdtempSync(join(tmpdir(), 'berth-place-'))
  try {
    writeFileSync(join(dir, 'rank.conf'), conf)
    return await runPlace(base64(xml), ['--conf', join(dir, 'rank.conf')])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
