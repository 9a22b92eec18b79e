/** Deploy, its undo and release, killed before and after each call that leaves a trace, and carried out again: nothing lost, nothing twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemoryHost } from '../support/memory-host.ts'
import {
  AUDIO,
  type CrashPoint,
  DEPLOY,
  driversOf,
  GPU,
  NIC,
  ORIGINAL,
  RELEASE,
  run,
  runThrough,
  world,
} from './world.ts'

function expectRunning(host: MemoryHost): void {
  expect([...host.domains.values()].map((domain) => domain.hostdevs)).toEqual([[GPU, NIC]])
  expect(host.created).toEqual(['berth-7'])
  expect(driversOf(host)).toEqual({ ...ORIGINAL, [GPU]: 'vfio-pci', [AUDIO]: 'vfio-pci' })
}

function expectAsBefore(host: MemoryHost): void {
  expect(host.domains.size).toBe(0)
  expect(driversOf(host)).toEqual(ORIGINAL)
  const overridden = [...host.devices.values()].filter((device) => device.override !== null)
  expect(overridden.map((device) => device.facts.address)).toEqual([])
}

const WAYS: readonly {
  readonly name: string
  readonly prepare: () => Promise<MemoryHost>
  readonly order: typeof DEPLOY | typeof RELEASE
  readonly kind: string
  readonly expectEnd: (host: MemoryHost) => void
  /** What else the event says. */
  readonly told?: object
}[] = [
  {
    name: 'a deploy ends running',
    prepare: async () => world(),
    order: DEPLOY,
    kind: 'running',
    expectEnd: expectRunning,
  },
  {
    name: 'a deploy whose guest does not start ends undone',
    prepare: async () => {
      const host = world()
      host.broken.add('start')
      return host
    },
    order: DEPLOY,
    kind: 'deploy-failed',
    expectEnd: expectAsBefore,
  },
  {
    name: 'a deploy whose mate cannot be bound ends undone',
    prepare: async () => {
      const host = world()
      host.broken.add(`${AUDIO} bind vfio-pci`)
      return host
    },
    order: DEPLOY,
    kind: 'deploy-failed',
    expectEnd: expectAsBefore,
    told: { faults: [{ address: AUDIO, code: 'driver-not-bound' }] },
  },
  {
    name: 'a release of a device that does not answer any more ends with the others back',
    prepare: async () => {
      const host = world()
      await run(host, DEPLOY)
      const gpu = host.devices.get(GPU)
      if (gpu) gpu.silent = true
      return host
    },
    order: RELEASE,
    kind: 'released',
    expectEnd: expectAsBefore,
    told: { distrusted: [{ address: GPU, code: 'config-unreadable' }] },
  },
  {
    name: 'a release with a guest that heeds the shutdown ends with everything back',
    prepare: async () => {
      const host = world()
      await run(host, DEPLOY)
      return host
    },
    order: RELEASE,
    kind: 'released',
    expectEnd: expectAsBefore,
  },
  {
    name: 'a release with a deaf guest ends with everything back',
    prepare: async () => {
      const host = world()
      await run(host, DEPLOY)
      host.guestHeedsShutdown = false
      return host
    },
    order: RELEASE,
    kind: 'released',
    expectEnd: expectAsBefore,
  },
]

describe.each(WAYS)('$name', ({ prepare, order, kind, expectEnd, told }) => {
  test('without a crash, and again after its event was lost', async () => {
    const host = await prepare()
    expect(await run(host, order)).toMatchObject({ kind, order: order.id, vm: 7, epoch: 3, ...told })
    expectEnd(host)
    expect(await run(host, order)).toMatchObject({ kind, ...told })
    expectEnd(host)
  })

  test('killed once, at each point in turn', async () => {
    let crashed = 0
    for (let call = 1; call <= 60; call++)
      for (const when of ['before', 'after'] as const) {
        const host = await prepare()
        const point = { call, when }
        await run(host, order, point).catch(() => crashed++)
        expect(await run(host, order), JSON.stringify(point)).toMatchObject({ kind, ...told })
        expectEnd(host)
      }
    expect(crashed).toBeGreaterThan(8)
    expect(crashed).toBeLessThan(120)
  })

  test('killed again and again', async () => {
    const point: fc.Arbitrary<CrashPoint> = fc.record({
      call: fc.integer({ min: 1, max: 12 }),
      when: fc.constantFrom('before', 'after'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 2, maxLength: 8 }), async (points) => {
        const host = await prepare()
        expect(await runThrough(host, order, points)).toMatchObject({ kind, ...told })
        expectEnd(host)
      }),
      { numRuns: 200 },
    )
  })
})
