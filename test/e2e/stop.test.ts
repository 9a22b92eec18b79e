/** `berth serve` with agents connected, told to stop: it ends soon, whatever they wait for, and they find the next one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClusterWorld, clusterWorld } from './cluster-world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'berth-stop-'))
const small = join(folder, 'small.tmpl')
writeFileSync(small, 'NAME = "small"\nCPU = 1\nMEMORY = 256\n')
let world: ClusterWorld

beforeAll(async () => {
  world = await clusterWorld(['sim-gpu-a100', 'sim-gpu-a100'], 60)
})
afterAll(async () => {
  await world?.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** Far below what a connection that nobody uses is kept for, and above what a busy machine takes. */
const SOON_MS = 5000

async function until(what: string, so: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !so(); await sleep(100))
    if (Date.now() > end)
      throw new Error([what, world.said(), ...world.hosts.map((one) => one.said())].join('\n'))
}

async function stopsSoon(): Promise<void> {
  const begun = Date.now()
  const status = await world.stopController()
  expect({ status, said: world.said() }).toMatchObject({ status: 0 })
  expect(Date.now() - begun).toBeLessThan(SOON_MS)
}

test('while two agents wait for orders', async () => {
  const joined = ({ name }: { readonly name: string }) => world.said().includes(`host ${name}: its agent`)
  await until('both say hello', () => world.hosts.every(joined))
  // Compared soon, their questions wait for 20 seconds by now.
  await sleep(3000)
  await stopsSoon()
})

test('while an agent is at an order, which is not waited for; the next start of both goes on with it', async () => {
  const hang = { operation: 'create', address: null, driver: null, effect: 'hang' } as const
  for (const host of world.hosts) host.fail([hang])
  await world.startController()
  await world.berth('vm', 'create', small, '--name', 'slow')
  const at = () => world.hosts.find((one) => one.said().includes('creating berth-'))
  await until('its deploy is under way', () => at() !== undefined)
  await sleep(2000)
  await stopsSoon()
  for (const host of world.hosts) host.fail([])
  await at()?.killAgent()
  at()?.startAgent()
  await world.startController()
  await until('it has ended', () => /deploy order \d+ ended: running/.test(at()?.said() ?? ''))
  expect(await at()?.domains()).toHaveLength(1)
})
