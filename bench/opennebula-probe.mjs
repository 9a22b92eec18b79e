/** What OpenNebula's replaced PCI probe costs a host: processor time as a multiple of a bare start of its interpreter. Gates nothing. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeDevices } from './device-tree.mjs'

const ROUNDS = 20
const SIZES = [10, 100, 1000]
const berth = join(import.meta.dirname, '../dist/berth.mjs')

/** Runs the command in a loop; the shell's `times` then tells what its children took. Milliseconds of one round. */
function processorTime(command) {
  const loop = `i=0; while [ $i -lt ${ROUNDS} ]; do "$@" >/dev/null || exit 1; i=$((i + 1)); done; times`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', loop, 'sh', ...command], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')} failed: ${stderr}`)
  const children = stdout.trim().split('\n').at(-1) ?? ''
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s))
  return { user: (seconds[0] * 1000) / ROUNDS, all: ((seconds[0] + seconds[1]) * 1000) / ROUNDS }
}

function install(dir) {
  const system = join(dir, 'remotes/im/kvm-probes.d/host/system')
  mkdirSync(system, { recursive: true })
  mkdirSync(join(dir, 'remotes/etc/im/kvm-probes.d'), { recursive: true })
  writeFileSync(join(dir, 'remotes/etc/im/kvm-probes.d/pci.conf'), ":filter: '*:*'\n")
  const argv = [berth, 'opennebula', 'install-probe', join(dir, 'remotes'), '--node', process.execPath]
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`install-probe failed: ${stderr}`)
  return join(system, 'pci')
}

function main() {
  const dir = mkdtempSync(join(tmpdir(), 'berth-bench-opennebula-'))
  try {
    const pci = install(dir)
    const bare = processorTime([process.execPath, '-e', '1'])
    console.log(`node -e 1: user ${bare.user.toFixed(0)} ms, user and system ${bare.all.toFixed(0)} ms`)
    for (const size of SIZES) {
      const sysfs = join(dir, `sys-${size}`)
      writeDevices(sysfs, size)
      const found = spawnSync(pci, ['--sysfs', sysfs], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout
      if (found.split('PCI = [').length - 1 !== size)
        throw new Error(`not ${size} devices: ${found.slice(0, 99)}`)
      const probe = processorTime([pci, '--sysfs', sysfs])
      const ratios = `ratio ${(probe.user / bare.user).toFixed(2)} and ${(probe.all / bare.all).toFixed(2)}`
      console.log(
        `${size} devices: user ${probe.user.toFixed(0)} ms, user and system ${probe.all.toFixed(0)} ms, ${ratios}`,
      )
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

main()
