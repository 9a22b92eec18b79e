/**
 * How long OpenNebula's placer takes for 2,500 hosts and 1,000 pending VMs that may use all of them: reading and decoding standard
 * input, parsing, planning, and the most memory that the process had. Told, not judged: seconds depend on the machine.
 * `node bench/opennebula.mjs [HOSTS VMS]`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { pools } from './opennebula/pools.mjs'

const [hosts = 2500, vms = 1000] = process.argv.slice(2).map(Number)
const WANTED = { seconds: 3, gibibytes: 1 }

async function bundle(outfile) {
  await build({
    stdin: {
      contents: `
        export { readInput } from './src/opennebula/input.ts'
        export { readAction } from './src/opennebula/xml/action.ts'
        export { planPools } from './src/opennebula/placement/plan.ts'
        export { readPolicy } from './src/opennebula/policy.ts'
        export { planXml } from './src/opennebula/plan-xml.ts'`,
      resolveDir: new URL('..', import.meta.url).pathname,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
  })
}

function cycle(program, input) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'opennebula/place.mjs'), program],
    { input, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the placer ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`

const dir = mkdtempSync(join(tmpdir(), 'berth-bench-opennebula-'))
try {
  const program = join(dir, 'placer.mjs')
  await bundle(program)
  for (const [what, fit, affined] of [
    ['most VMs find a host', true, false],
    ['no VM finds a host, and each is told why', false, false],
    ['all must be on one host, and none has room', false, true],
  ]) {
    const input = Buffer.from(pools(hosts, vms, fit, affined)).toString('base64')
    const told = cycle(program, input)
    console.log(`${hosts} hosts, ${vms} VMs, ${what}: ${told.placed} placed, ${told.waiting} wait`)
    console.log(
      `  ${told.megabytes.toFixed(0)} MB of XML: read ${seconds(told.read)}, parsed ${seconds(told.parse)}, planned ${seconds(told.plan)}; together ${seconds(told.read + told.parse + told.plan)} (wanted: under ${WANTED.seconds} s), ${seconds(told.cpu)} of processor time; ${told.mebibytes.toFixed(0)} MiB (wanted: under ${WANTED.gibibytes * 1024})`,
    )
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
