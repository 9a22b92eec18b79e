/** The shipped command on simulated hosts, as a person uses it: the main job, `serve` beside other commands, `demo`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { HostView, VmView } from '../../src/view/documents.ts'
import { type Background, berth, berthInBackground, berthJson } from './shipped.ts'

// Each command is a process, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

const FOUR = 'NAME = "four"\nMEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0300", COUNT = 4 ]\n'

let folder: string
let background: Background[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-command-'))
  background = []
})
afterEach(async () => {
  for (const { signal, ended } of background) {
    signal('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true })
})

const run = (...args: readonly string[]) => berth(folder, ...args)
const vm = (reference: string) => berthJson<VmView>(folder, 'vm', 'show', reference)

/** Must succeed; gives what it printed. */
async function done(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(...args)
  expect(status, `berth ${args.join(' ')}: ${stderr}`).toBe(0)
  return stdout
}

/** A simulated host with four GPUs that have a display output, and a template that wants all of them. */
async function prepare(): Promise<void> {
  writeFileSync(join(folder, 'four.tmpl'), FOUR)
  await done(
    'host',
    'add',
    'sim',
    '--driver',
    'simulator',
    '--machine',
    'sim-gpu-render',
    '--filter',
    '10de:',
  )
  await done('template', 'create', 'four.tmpl')
}

/** Holder, and driver as last reported, of each GPU and its audio mate. */
async function holdings(): Promise<readonly string[]> {
  const { devices } = await berthJson<HostView>(folder, 'host', 'show', 'sim')
  return devices
    .filter(({ class: classId }) => classId === '0300' || classId === '0403')
    .map(({ vm: holder, driver }) => `${holder ?? 'nobody'} ${driver}`)
}

const ALL_FREE = Array.from({ length: 4 }, () => ['nobody nvidia', 'nobody snd_hda_intel']).flat()
const heldBy = (id: number) => ALL_FREE.map(() => `${id} vfio-pci`)

test('the main job: host, template, VM, device; the next one waits; devices go back, and on to it', async () => {
  await prepare()
  expect(await holdings()).toEqual(ALL_FREE)
  expect(await done('template', 'check', 'four')).toContain('COULD TAKE IT NOW     : 1')
  await done('template', 'instantiate', 'four', '--name', 'one')
  await done('template', 'instantiate', 'four', '--name', 'two')

  const cycle = await done('schedule', '--once')
  expect(cycle).toContain('VM 1 placed on sim: 0000:01:00.0, ')
  expect(cycle).toMatch(/VM 2 waits: .*not enough free/)
  expect(await vm('one')).toMatchObject({ state: 'RUNNING', hostName: 'sim' })
  const shown = await done('host', 'show', 'sim')
  expect(shown).toContain('SIMULATED')
  expect(shown).toMatch(/^ {4}1 01:00\.0 10de:2204:0300 /m)
  expect(shown).toMatch(/^ {6}81:00\.0 10de:2236:0302 /m)
  expect(await done('explain', 'two')).toContain('sim')

  await done('vm', 'terminate', 'one', '--hard')
  expect(await vm('1')).toMatchObject({ state: 'DONE', devices: [] })
  await done('host', 'disable', 'sim')
  await done('schedule', '--once')
  expect(await holdings()).toEqual(ALL_FREE)
  await done('host', 'enable', 'sim')
  await done('schedule', '--once')
  expect(await vm('two')).toMatchObject({ state: 'RUNNING' })
  await done('schedule', '--once')
  expect(await holdings()).toEqual(heldBy(2))
  expect(await done('db', 'check')).toBe('no problem found')
})

describe('serve', () => {
  function serve(): Background {
    const serving = berthInBackground(folder, 'serve', '--interval', '1')
    background.push(serving)
    return serving
  }
  const says = (serving: Background, words: string) =>
    expect.poll(() => serving.said(), { timeout: 30_000 }).toContain(words)
  const becomes = (reference: string, state: string) =>
    expect.poll(async () => (await vm(reference)).state, { timeout: 30_000, interval: 200 }).toBe(state)

  test('deploys what waits, carries out what is asked beside it, refuses a second one, ends on SIGTERM', async () => {
    await prepare()
    const serving = serve()
    await says(serving, 'serving')
    await done('template', 'instantiate', 'four', '--name', 'one')
    await done('template', 'instantiate', 'four', '--name', 'two')
    await becomes('one', 'RUNNING')

    const second = await run('serve')
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toMatch(/berth: another serve \(.*\) works on .*berth\.db; one is enough$/)

    const asked = await run('vm', 'terminate', 'one', '--hard')
    expect(asked.stdout).toMatch(/VM 1 \(one\): (?:SHUTDOWN|DONE)/)
    expect(asked.stderr).toBe('')
    await becomes('1', 'DONE')
    await becomes('two', 'RUNNING')
    expect(await holdings()).toEqual(heldBy(2))

    serving.signal('SIGTERM')
    expect(await serving.ended).toMatchObject({ status: 0, stdout: '' })
    expect(serving.said()).toContain('SIGTERM: stopping after this cycle')
    expect(serving.said()).not.toContain('Warning')
    expect(await done('db', 'check')).toBe('no problem found')

    await done('vm', 'terminate', 'two', '--hard')
    expect(await vm('2')).toMatchObject({ state: 'DONE' })
  })

  test('goes on where one was killed, without anybody’s help', async () => {
    await prepare()
    const reportedAt = async () => JSON.parse(await done('host', 'show', 'sim', '--json')).reportedAt
    const before = await reportedAt()
    const killed = serve()
    // It says 'serving' before it holds the lease that the next one is to wait for; with its first cycle it has it.
    await expect.poll(reportedAt, { timeout: 30_000, interval: 200 }).not.toBe(before)
    killed.signal('SIGKILL')
    await killed.ended
    await done('template', 'instantiate', 'four', '--name', 'one')
    const next = serve()
    await says(next, 'waiting to see whether another serve')
    await becomes('one', 'RUNNING')
    next.signal('SIGTERM')
    expect(await next.ended).toMatchObject({ status: 0 })
  })
})

test('demo shows the main job in a few seconds, and says what is simulated', async () => {
  const directory = join(folder, 'demo')
  const started = Date.now()
  const { status, stdout, stderr } = await run('demo', '--directory', directory)
  expect(status, stderr).toBe(0)
  // 5 s are promised on an idle machine.
  expect(Date.now() - started).toBeLessThan(30_000)
  expect(stdout).toContain('SIMULATED')
  expect(stdout).toContain('$ berth schedule --once')
  expect(stdout).toMatch(/PCI DEVICES/)
  const check = await run('--db', join(directory, 'berth.db'), 'db', 'check')
  expect(check).toMatchObject({ status: 0, stdout: 'no problem found' })
})
