/** Bundles a TypeScript program into one file that a bare Node runs: Node 20 does not run TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const done = new Map<string, Promise<string>>()

/** `entry` is a path beside this file; gives the bundle's path. Each is bundled once per test process. */
export function bundle(entry: string): Promise<string> {
  const known = done.get(entry)
  if (known !== undefined) return known
  const making = make(entry)
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

async function make(entry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`)
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    outfile,
    logLevel: 'warning',
    plugins: [native],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  })
  return outfile
}
