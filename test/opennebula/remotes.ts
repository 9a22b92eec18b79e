/** A small remotes folder of a front-end for tests: one probe that says its name, and pci.conf. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { runOpenNebula } from '../../src/opennebula/command.ts'

export const KVM = 'im/kvm-probes.d/host/system'

/** What OpenNebula's own probe is in these tests. */
export const ORIGINAL = '#!/bin/sh\necho "the original got $*"\n'

export interface Remotes {
  readonly dir: string
  write(path: string, text: string, mode?: number): void
  /** Every file below `im` as `path mode owner text-or-link`, sorted. */
  files(): readonly string[]
  run(path: string, options?: RunOptions): { readonly status: number | null; stdout: string; stderr: string }
  remove(): void
}

export interface RunOptions {
  readonly args?: readonly string[]
  readonly path?: string
}

export function createRemotes(): Remotes {
  const dir = mkdtempSync(join(tmpdir(), 'berth-remotes-'))
  const write: Remotes['write'] = (path, text, mode = 0o755) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
    chmodSync(join(dir, path), mode)
  }
  write(`${KVM}/pci.rb`, ORIGINAL)
  write(`${KVM}/name.sh`, '#!/bin/sh\necho NAME=test\n')
  write('etc/im/kvm-probes.d/pci.conf', ":filter: '*:*'\n", 0o644)
  return {
    dir,
    write,
    files: () => listFiles(join(dir, 'im'), 'im'),
    run: (path, { args = [], path: searched = process.env.PATH } = {}) => {
      const { status, stdout, stderr } = spawnSync(join(dir, path), [...args], {
        encoding: 'utf8',
        env: { PATH: searched },
      })
      return { status, stdout, stderr }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

function listFiles(folder: string, name: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((entry) => {
      const path = join(folder, entry)
      const stat = lstatSync(path)
      if (stat.isDirectory()) return listFiles(path, `${name}/${entry}`)
      const text = stat.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8')
      return `${name}/${entry} ${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid} ${text}`
    })
}

/** `berth opennebula ...` in this process, with the programs that were built for the tests. */
export async function opennebula(...argv: string[]) {
  const out = { stdout: '', stderr: '' }
  const status = await runOpenNebula(argv, {
    stdout: (text) => {
      out.stdout += text
    },
    stderr: (text) => {
      out.stderr += text
    },
    distFile: (name) => resolve(import.meta.dirname, '../../dist', name),
    stdin: (async function* () {})(),
    environment: {},
    onStop: () => undefined,
  })
  return { status, ...out }
}

export const exists = (remotes: Remotes, path: string): boolean => existsSync(join(remotes.dir, path))
