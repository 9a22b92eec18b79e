/** Agents in processes of their own, killed with SIGKILL at each step of a deploy and of a release, and started again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Order } from '../../src/model/order.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import type { AgentKill } from '../support/agent-runner.ts'
import { bundle } from '../support/bundle.ts'
import { addressOf } from '../support/orders.ts'
import { DEPLOY, handed, RELEASE, type World, world } from './world.ts'

// Many processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

let runner: string
beforeAll(async () => {
  runner = await bundle('agent-runner.ts', 'sqlite')
})

const until = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 60_000, interval: 20 })

function start({ controller, host, state }: World, kill: AgentKill | null) {
  const input = JSON.stringify({ state, host: host.dir, server: controller.url, kill })
  return execa(process.execPath, [runner, input], { reject: false })
}

/** Killed there, and done by the next start. */
async function carryOutInTwo(at: World, order: Order, kill: AgentKill): Promise<void> {
  const { controller } = at
  controller.orders.push(handed(order))
  const killed = await start(at, kill)
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  const next = start(at, null)
  try {
    await until(() =>
      expect(controller.told('event').filter(({ event }) => event.order === order.id)).not.toEqual([]),
    )
  } finally {
    next.kill('SIGKILL')
    await next
  }
}

async function stateOf({ host }: World) {
  const driver = (address: string) => currentDriver(host.sysfs, addressOf(address))
  return [await driver('00:08.0'), await driver('00:08.1'), (await host.hypervisor.list()).length]
}

const creations = ({ host }: World) => {
  const file = join(host.dir, 'creations')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0
}

const ends = ({ controller }: World) => [...new Set(controller.told('event').map(({ event }) => event.kind))]

const points = (rows: readonly [AgentKill['when'], string][]) => rows.map(([when, call]) => ({ when, call }))

test.concurrent.for(
  points([
    ['before', 'taken'],
    ['before', 'journal original-drivers done'],
    ['before', 'write driver/unbind'],
    ['after', 'write driver/unbind'],
    ['before', 'journal create begun'],
    ['before', 'create'],
    ['after', 'create'],
    ['before', 'journal create done'],
    ['before', 'journal verify done'],
    ['before', 'ended'],
    ['before', 'told'],
  ]),
)('a deploy, killed $when $call: one domain, made once, its end told', async (kill, { onTestFinished }) => {
  const at = await world({}, onTestFinished)
  await carryOutInTwo(at, DEPLOY, kill)
  expect(ends(at)).toEqual(['running'])
  expect(await stateOf(at)).toEqual(['vfio-pci', 'vfio-pci', 1])
  expect(creations(at)).toBe(1)
  // A line may be told twice, and is the same line at the same place then.
  const steps = new Set(at.controller.told('step').map(({ at, entry }) => `${at} ${JSON.stringify(entry)}`))
  expect([...steps].map((line) => Number(line.split(' ')[0]))).toEqual(
    [...steps].map((_, index) => index + 1),
  )
})

test.concurrent.for(
  points([
    ['before', 'taken'],
    ['before', 'journal shutdown begun'],
    ['after', 'destroy'],
    ['after', 'write driver/unbind'],
    ['before', 'journal bring-back done'],
    ['before', 'ended'],
    ['before', 'told'],
  ]),
)('a release, killed $when $call: every device is back, its end told', async (kill, { onTestFinished }) => {
  const at = await world({}, onTestFinished)
  at.controller.orders.push(handed(DEPLOY))
  const first = start(at, null)
  await until(() => expect(at.controller.told('event')).toHaveLength(1))
  first.kill('SIGKILL')
  await first
  await carryOutInTwo(at, RELEASE, kill)
  expect(ends(at)).toEqual(['running', 'released'])
  expect(await stateOf(at)).toEqual(['nvidia', 'snd_hda_intel', 0])
})
