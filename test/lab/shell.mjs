/** Bundles shell.ts, since Node 20 runs no TypeScript, and runs it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = import.meta.dirname
const outfile = join(folder, '../../.lab/shell.mjs')
mkdirSync(join(folder, '../../.lab'), { recursive: true })
await build({
  entryPoints: [join(folder, 'shell.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  outfile,
  logLevel: 'warning',
})
await import(outfile)
