/** Real processes on a tree of files and a fake virsh: killed with SIGKILL at each step of deploy, undo and release, and started again. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hexId } from '../../src/model/ids.ts'
import type { Order } from '../../src/model/order.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { installFakeVirsh, tellVirsh, virshCalls } from '../support/build-fake-virsh.ts'
import { bundle } from '../support/bundle.ts'
import type { KillPoint } from '../support/deploy-runner.ts'
import { addressOf, deployOrder, promised, releaseOrder } from '../support/orders.ts'
import { smallHost } from '../support/small-machine.ts'

const GPU = addressOf('00:08.0')
const AUDIO = addressOf('00:08.1')
const NIC = addressOf('00:03.0')

const mate = { role: 'held', request: null, iommuGroup: null, classId: hexId(0x0403) } as const
const devices = [
  promised('00:08.0', { iommuGroup: null }),
  promised('00:03.0', { iommuGroup: null }),
  promised('00:08.1', mate),
]
// Group numbers are those of another boot, so that the tree's own are not repeated here.
const DEPLOY = deployOrder({ devices, bootId: 'boot-0' })
const RELEASE = releaseOrder({ devices, bootId: 'boot-0', graceSeconds: 1 })

const fault = (operation: Fault['operation'], effect: Fault['effect']): Fault => ({
  operation,
  address: null,
  driver: null,
  effect,
})

// Many processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

let root: string
let runner: string
/** A host before, and one on which the domain runs. */
let fresh: string
let running: string

async function run(dir: string, order: Order, kill: KillPoint | null) {
  const virsh = await installFakeVirsh(dir)
  const input = JSON.stringify({ dir, virsh, order, kill })
  const result = await execa(process.execPath, [runner, input], { reject: false })
  if (result.isTerminated) return result.signal
  if (result.exitCode !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout).kind
}

/** Its own copy of a host, so that all can be killed side by side. */
function copyOf(host: string, faults: readonly Fault[]): string {
  const dir = join(mkdtempSync(join(root, 'host-')), 'host')
  cpSync(host, dir, { recursive: true, verbatimSymlinks: true })
  writeFaults(dir, faults)
  return dir
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'berth-kill-'))
  runner = await bundle('deploy-runner.ts')
  fresh = await smallHost()
  running = copyOf(fresh, [])
  expect(await run(running, DEPLOY, null)).toBe('running')
})

afterAll(() => {
  rmSync(root, { recursive: true, force: true })
  rmSync(dirname(fresh), { recursive: true, force: true })
})

async function stateOf(dir: string) {
  const sysfs = realSysfs(join(dir, 'sys'))
  const [gpu, audio, nic] = await Promise.all(
    [GPU, AUDIO, NIC].map((address) => currentDriver(sysfs, address)),
  )
  const overrides = await Promise.all(
    [GPU, AUDIO, NIC].map((address) => sysfs.read(`bus/pci/devices/${address}/driver_override`)),
  )
  const domains = readdirSync(join(dir, 'domains')).filter((name) => name.endsWith('.xml'))
  return { gpu, audio, nic, domains, overridden: overrides.some((text) => text !== '(null)') }
}

const AS_BEFORE = { gpu: 'nvidia', audio: 'snd_hda_intel', nic: 'e1000e', domains: [], overridden: false }

const creations = (dir: string) => virshCalls(dir).filter((call) => call === 'create: done')

const points = (rows: readonly [KillPoint['when'], string][]) => rows.map(([when, call]) => ({ when, call }))

describe('deploy', () => {
  test.concurrent.each(
    points([
      ['before', 'append original-drivers done'],
      ['after', 'append original-drivers done'],
      ['after', `write ${AUDIO} driver_override vfio-pci`],
      ['after', `write ${AUDIO} driver/unbind ${AUDIO}`],
      ['after', `write ${AUDIO} probe ${AUDIO}`],
      ['after', 'append create begun'],
      ['during', 'create'],
      ['after', 'create'],
      ['after', 'append create done'],
      ['after', 'append verify done'],
    ]),
  )('killed $when $call: one domain, once', async (kill) => {
    const dir = copyOf(fresh, [])
    if (kill.when === 'during') tellVirsh(dir, { delayMs: { create: 1_500 } })
    expect(await run(dir, DEPLOY, kill)).toBe('SIGKILL')
    expect(await run(dir, DEPLOY, null)).toBe('running')
    expect(await stateOf(dir)).toMatchObject({
      gpu: 'vfio-pci',
      audio: 'vfio-pci',
      nic: 'vfio-pci',
      domains: ['berth-7.xml'],
    })
    expect(creations(dir)).toHaveLength(1)
  })
})

describe('undo', () => {
  test.concurrent.each(
    points([
      ['after', 'append undo begun'],
      ['after', `write ${AUDIO} driver_override snd_hda_intel`],
      ['after', `write ${AUDIO} driver_override`],
      ['after', 'append undo done'],
    ]),
  )('killed $when $call: all is as before', async ({ when, call }) => {
    const dir = copyOf(fresh, [fault('create', 'EIO')])
    const kill = { when, call: call.endsWith('driver_override') ? `${call} ` : call } as const
    expect(await run(dir, DEPLOY, kill)).toBe('SIGKILL')
    expect(await run(dir, DEPLOY, null)).toBe('deploy-failed')
    expect(await stateOf(dir)).toEqual(AS_BEFORE)
    expect(creations(dir)).toEqual([])
  })
})

describe('release', () => {
  test.concurrent.each(
    points([
      ['after', 'append shutdown begun'],
      ['during', 'destroy'],
      ['after', 'destroy'],
      ['after', `write ${AUDIO} driver/unbind ${AUDIO}`],
      ['after', `write ${AUDIO} probe ${AUDIO}`],
      ['before', 'append bring-back done'],
      ['after', 'append bring-back done'],
    ]),
  )('of a deaf guest killed $when $call: every device is back', async (kill) => {
    const dir = copyOf(running, [fault('shutdown', 'nothing')])
    if (kill.when === 'during') tellVirsh(dir, { delayMs: { destroy: 1_500 } })
    await expectReleased(dir, RELEASE, kill)
  })

  test.concurrent.each(
    points([
      ['before', 'shutdown'],
      ['during', 'shutdown'],
      ['after', 'shutdown'],
    ]),
  )('of a guest that heeds, killed $when $call: every device is back', async (kill) => {
    const dir = copyOf(running, [])
    if (kill.when === 'during') tellVirsh(dir, { delayMs: { shutdown: 1_500 } })
    await expectReleased(dir, { ...RELEASE, graceSeconds: 30 }, kill)
    expect(virshCalls(dir)).not.toContain('destroy: done')
  })
})

async function expectReleased(dir: string, order: Order, kill: KillPoint): Promise<void> {
  expect(await run(dir, order, kill)).toBe('SIGKILL')
  expect(await run(dir, order, null)).toBe('released')
  expect(await stateOf(dir)).toEqual(AS_BEFORE)
}
