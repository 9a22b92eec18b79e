/** How long `probe pci` takes for a server of 226 devices, as a multiple of an empty program, both measured in this run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeServer } from './probe-tree.mjs'

const ROUNDS = 25
const LIMIT = 2
const probe = join(import.meta.dirname, '../dist/probe.mjs')

function timed(args) {
  const start = process.hrtime.bigint()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return { ms, stdout }
}

/** Gives the ratio; ends the process with status 1 above the limit. */
function main() {
  const dir = mkdtempSync(join(tmpdir(), 'berth-bench-probe-'))
  try {
    writeServer(join(dir, 'sys'))
    const empty = join(dir, 'empty.mjs')
    writeFileSync(empty, '')
    const command = [probe, 'pci', '--format', 'json', '--sysfs', join(dir, 'sys')]
    const found = JSON.parse(timed(command).stdout).devices.length
    if (found !== 226) throw new Error(`the probe found ${found} of 226 devices`)
    const best = { empty: Infinity, probe: Infinity }
    for (let round = 0; round < ROUNDS; round++) {
      best.empty = Math.min(best.empty, timed([empty]).ms)
      best.probe = Math.min(best.probe, timed(command).ms)
    }
    const ratio = best.probe / best.empty
    console.log(
      `probe: 226 devices as JSON ${best.probe.toFixed(1)} ms, empty program ${best.empty.toFixed(1)} ms, ratio ${ratio.toFixed(2)} (limit ${LIMIT}), best of ${ROUNDS}`,
    )
    if (ratio > LIMIT) process.exitCode = 1
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

main()
