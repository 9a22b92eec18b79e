/** A host that loses its power in the middle of an order, is fenced, and comes back: its VM runs elsewhere by then, and must not run twice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClusterHost, type ClusterWorld, clusterWorld } from './cluster-world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

interface Vm {
  readonly id: number
  readonly state: string
  readonly hostName: string | null
}

const folder = mkdtempSync(join(tmpdir(), 'berth-fenced-'))
const gpu = join(folder, 'gpu.tmpl')
writeFileSync(gpu, 'NAME = "gpu"\nCPU = 1\nMEMORY = 256\nPCI = [ VENDOR = "10de", CLASS = "0302" ]\n')
let world: ClusterWorld

beforeAll(async () => {
  world = await clusterWorld(['sim-gpu-a100', 'sim-gpu-a100'])
})
afterAll(async () => {
  await world?.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function until(what: string, so: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !(await so()); await sleep(200))
    if (Date.now() > end)
      throw new Error([what, world.said(), ...world.hosts.map((one) => one.said())].join('\n'))
}

test('a deploy that a dead host had begun is not gone on with when the host is back', async () => {
  const hang = { operation: 'create', address: null, driver: null, effect: 'hang' } as const
  for (const host of world.hosts) host.fail([hang])
  await world.berth('vm', 'create', gpu, '--name', 'once')
  const vm = async () => (await world.json<readonly Vm[]>('vm', 'list', '--all'))[0]
  const at = (name: string | null | undefined) => world.hosts.find((host) => host.name === name)
  let dead: ClusterHost | undefined
  await until('its deploy is under way', async () => {
    dead = at((await vm())?.hostName)
    return (
      dead?.said().includes('create begun') === true || /deploy order \d+ begins/.test(dead?.said() ?? '')
    )
  })
  await sleep(500)
  await dead?.killAgent()
  for (const host of world.hosts) host.fail([])
  await until('the host is known to be silent', () => world.said().includes(`host ${dead?.name} is silent`))
  await world.berth('host', 'fence', dead?.name ?? '', '--yes')
  await world.berth('vm', 'start', 'once')
  await until('it runs on the other host', async () => (await vm())?.state === 'RUNNING')
  expect((await vm())?.hostName).not.toBe(dead?.name)
  dead?.startAgent()
  await until('the dead host has been compared', async () => {
    const host = await world.json<{ readonly failure: string | null }>('host', 'show', dead?.name ?? '')
    return host.failure === null && dead?.said().includes('ended without this host') === true
  })
  // Longer than a deploy takes.
  await sleep(3000)
  expect(await dead?.domains()).toEqual([])
  expect((await at((await vm())?.hostName)?.domains())?.length).toBe(1)
  expect(await world.berth('db', 'check')).toContain('no problem')
})
