/**
 * Runs the benchmarks of this folder, or those named: `npm run bench -- plan probe`. Each prints its ratios. Only by name: `cluster`, the load
 * test, which takes minutes and wants the machine for itself.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const BENCHMARKS = [
  'probe',
  'opennebula-probe',
  'claims',
  'plan',
  'remedy',
  'host-list',
  'opennebula',
  'cluster-controller',
  'device-map',
]

const known = readdirSync(import.meta.dirname)
const wanted = process.argv.length > 2 ? process.argv.slice(2) : BENCHMARKS
for (const name of wanted) {
  if (!known.includes(`${name}.mjs`) || name === 'run') {
    console.error(`bench: no benchmark ${name}; there are: ${[...BENCHMARKS, 'cluster'].join(', ')}`)
    process.exit(2)
  }
  console.log(`== ${name} ==`)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
