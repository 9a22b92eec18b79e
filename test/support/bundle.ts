/** Bundles a TypeScript program into one file that a bare Node runs: Node 20 does not run TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')
const done = new Map<string, Promise<string>>()

/**
 * `entry` is a path beside this file; gives the bundle's path. Each is bundled once per test process. One that needs SQLite is put below
 * the packages, where it finds the native one.
 */
export function bundle(entry: string, needs: 'nothing' | 'sqlite' = 'nothing'): Promise<string> {
  const known = done.get(entry)
  if (known !== undefined) return known
  const making = make(entry, needs === 'sqlite' ? join(ROOT, 'node_modules', '.bundle-') : undefined)
  done.set(entry, making)
  return making
}

/** A native module finds its binary beside itself: it stays where it is. */
const native: Plugin = {
  name: 'native',
  setup: ({ onResolve }) => {
    const path = import.meta.resolve('better-sqlite3')
    onResolve({ filter: /^better-sqlite3$/ }, () => ({ path, external: true }))
    onResolve({ filter: /^pg-native$/ }, () => ({ external: true }))
  },
}

async function make(entry: string, place = join(tmpdir(), 'berth-bundle-')): Promise<string> {
  const folder = mkdtempSync(place)
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`)
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    outfile,
    external: ['better-sqlite3'],
    logLevel: 'warning',
    plugins: [native],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  })
  return outfile
}
