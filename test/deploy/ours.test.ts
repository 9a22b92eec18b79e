/** An order that is another process's by now: whoever wakes up with it touches nothing any more. */
import { expect, test } from 'vitest'
import { carryOut } from '../../src/deploy/carry-out.ts'
import type { DeployPorts } from '../../src/deploy/ports.ts'
import { Conflict } from '../../src/model/errors.ts'
import type { Order } from '../../src/model/order.ts'
import type { MemoryHost } from '../support/memory-host.ts'
import { AUDIO, DEPLOY, portsOf, RELEASE, run, world } from './world.ts'

/** Everything outside of the process that an order changes. */
const traces = (host: MemoryHost): string =>
  JSON.stringify([[...host.devices.values()], [...host.domains.values()], [...host.journals]])

/** Ours for so many questions, then lost. */
function ourFor(host: MemoryHost, questions: number, lost: () => void): DeployPorts {
  let asked = 0
  return {
    ...portsOf(host),
    stillOurs: async () => {
      if (asked++ < questions) return
      lost()
      throw new Conflict('order-lost', 'taken over')
    },
  }
}

const WAYS: readonly (readonly [string, () => Promise<MemoryHost>, Order])[] = [
  ['deploy', async () => world(), DEPLOY],
  [
    'deploy that fails',
    async () => {
      const host = world()
      host.broken.add('start').add(`${AUDIO} bind snd_hda_intel`)
      return host
    },
    DEPLOY,
  ],
  [
    'release of a deaf guest',
    async () => {
      const host = world()
      await run(host, DEPLOY)
      host.guestHeedsShutdown = false
      return host
    },
    RELEASE,
  ],
]

test.each(WAYS)(
  'a %s that is lost at any point stops there and undoes nothing',
  async (_, prepare, order) => {
    let ended = false
    for (let questions = 0; !ended && questions < 60; questions++) {
      const host = await prepare()
      let then: string | null = null
      const ports = ourFor(host, questions, () => {
        then ??= traces(host)
      })
      const outcome = await carryOut(order, ports).catch((error: unknown) => error)
      ended = then === null
      if (ended) continue
      expect(outcome, `question ${questions}`).toMatchObject({ code: 'order-lost' })
      expect(traces(host), `question ${questions}`).toBe(then)
    }
    expect(ended).toBe(true)
  },
)
