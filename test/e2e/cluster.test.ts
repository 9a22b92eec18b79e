/** A cluster of processes while everything fails: no device has two VMs, no VM is lost, and afterwards all have caught up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ClusterWorld, clusterWorld } from './cluster-world.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

interface Vm {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly hostName: string | null
  readonly message: string | null
}

const folder = mkdtempSync(join(tmpdir(), 'berth-cluster-templates-'))
const gpu = join(folder, 'gpu.tmpl')
writeFileSync(gpu, 'NAME = "gpu"\nCPU = 1\nMEMORY = 256\nPCI = [ VENDOR = "10de", CLASS = "0302" ]\n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The same on every run. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('two hosts, and a controller that all lose and find again', () => {
  let world: ClusterWorld
  const vms = () => world.json<readonly Vm[]>('vm', 'list', '--all')

  beforeAll(async () => {
    world = await clusterWorld(['sim-gpu-a100', 'sim-gpu-a100'])
  })
  afterAll(() => world?.remove())

  async function until(
    what: string,
    so: (vms: readonly Vm[]) => boolean,
    ms = 90_000,
  ): Promise<readonly Vm[]> {
    for (const end = Date.now() + ms; ; await sleep(300)) {
      const found = await vms()
      if (so(found)) return found
      if (Date.now() > end)
        throw new Error(
          [what, JSON.stringify(found, null, 1), world.said(), ...world.hosts.map((one) => one.said())].join(
            '\n',
          ),
        )
    }
  }

  /** One that waits was looked at, and knows why: a controller that was killed leaves its lease for some seconds. */
  const settled = (vm: Vm) =>
    vm.state === 'PENDING'
      ? vm.message !== null
      : ['RUNNING', 'POWEROFF', 'DONE', 'BOOT_FAILURE'].includes(vm.state)

  test('a VM runs within seconds of its creation', async () => {
    await world.berth('vm', 'create', gpu, '--name', 'first')
    const found = await until('it runs', ([first]) => first?.state === 'RUNNING')
    const host = world.hosts.find(({ name }) => name === found[0]?.hostName)
    expect((await host?.domains())?.map(({ berth }) => berth?.vm)).toEqual([found[0]?.id])
  })

  test('a host that is cut off keeps its VM and its claim; when it is back, all is as it was', async () => {
    const [first] = await vms()
    const host = world.hosts.find(({ name }) => name === first?.hostName)
    host?.network.cut()
    await until('it is UNKNOWN', ([vm]) => vm?.state === 'UNKNOWN')
    expect(await host?.domains()).toHaveLength(1)
    host?.network.heal()
    await until('it is RUNNING', ([vm]) => vm?.state === 'RUNNING')
  })

  test('forty rounds of cuts, kills and slowness: nothing is given twice, nothing lost, all caught up', async () => {
    const roll = dice(Number(process.env.BERTH_CHAOS_SEED ?? 7))
    const any = <T>(list: readonly T[]): T => list[roll(list.length)] as T
    const running = async () =>
      (await vms()).filter(({ state }) => state === 'RUNNING' || state === 'POWEROFF')
    const quietly = (work: Promise<unknown>) => work.catch(() => undefined)
    let created = 0
    const acts: readonly (() => Promise<unknown>)[] = [
      () => world.berth('vm', 'create', gpu, '--name', `chaos-${++created}`),
      () => world.berth('vm', 'create', gpu, '--name', `chaos-${++created}`),
      async () => {
        const vm = any(await running())
        const [act, ...rest] =
          vm?.state === 'POWEROFF'
            ? ['start']
            : any([
                ['stop', '--hard'],
                ['terminate', '--hard'],
              ])
        if (vm && act) void quietly(world.berth('vm', act, String(vm.id), ...rest))
      },
      async () => any(world.hosts).network.cut(),
      async () => any(world.hosts).network.heal(),
      async () => any(world.hosts).network.slow(any([0, 200])),
      async () => {
        const host = any(world.hosts)
        await host.killAgent()
        host.startAgent()
      },
      async () => {
        await world.killController()
        await world.startController()
      },
    ]
    for (let round = 0; round < 40; round++) {
      await quietly(any(acts)())
      await sleep(roll(600))
    }
    for (const { network } of world.hosts) {
      network.slow(0)
      network.heal()
    }
    const found = await until('all have settled', (all) => all.every(settled) && all.length > 1, 120_000)
    const truth = await Promise.all(
      world.hosts.map(async (host) => ({ host, domains: await host.domains() })),
    )
    const run = truth.flatMap(({ host, domains }) =>
      domains.map(({ berth }) => `${berth?.vm} on ${host.name}`),
    )
    expect(run.sort()).toEqual(
      found
        .filter(({ state }) => state === 'RUNNING')
        .map(({ id, hostName }) => `${id} on ${hostName}`)
        .sort(),
    )
    const held = truth.flatMap(({ host, domains }) =>
      domains.flatMap(({ hostdevs }) => hostdevs.map((address) => `${host.name} ${address}`)),
    )
    expect(new Set(held).size).toBe(held.length)
    expect(await world.berth('db', 'check')).toContain('no problem')
  })
})
