import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSimulatedHost, listMachines, openSimulatedHost } from '../../src/simulator/host.ts'
import { layOut } from '../../src/simulator/layout.ts'
import { scratch } from './small-machine.ts'

const PCIIDS = resolve(import.meta.dirname, '../../../shared/data/pciids')
const machines = listMachines().map((machine) => [machine.name, machine] as const)

/** `vendor:device` and `C class` of the database. */
function knownIds(): ReadonlySet<string> {
  const file = readdirSync(PCIIDS).find((name) => name.startsWith('pci.ids')) ?? ''
  const text = execFileSync('xzcat', [join(PCIIDS, file)], { encoding: 'utf8', maxBuffer: 32 << 20 })
  const ids = new Set<string>()
  let parent = ''
  for (const line of text.split('\n')) {
    const [, tabs = '', id = ''] = /^(\t*)(C [0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{2})\b/.exec(line) ?? []
    if (id === '') continue
    if (tabs === '') {
      parent = id
      ids.add(id)
    } else if (tabs === '\t') ids.add(parent.startsWith('C ') ? `${parent}${id}` : `${parent}:${id}`)
  }
  return ids
}

describe.skipIf(!existsSync(PCIIDS))(
  'against the PCI ID database (skipped where ../shared/data is absent)',
  () => {
    test('every device and class of every machine is a real one', () => {
      const known = knownIds()
      const unknown = machines.flatMap(([name, machine]) =>
        layOut(machine)
          .flatMap(({ fn }) => [fn.id, `C ${fn.class.slice(0, 4)}`])
          // A base class without subclasses, such as 13, is listed alone.
          .filter((id) => !known.has(id) && !(/^C ..00$/.test(id) && known.has(id.slice(0, 4))))
          .map((id) => `${name} ${id}`),
      )
      expect(unknown).toEqual([])
      expect(known.size).toBeGreaterThan(10_000)
    })
  },
)

describe.each(machines)('%s', (_name, machine) => {
  const functions = layOut(machine).map(({ fn }) => fn)

  test('has no two functions at one address', () => {
    expect(new Set(functions.map((fn) => fn.address)).size).toBe(functions.length)
  })

  test('has every function on a bus that its bridge opens', () => {
    const bridges = new Map(functions.map((fn) => [fn.address, fn.bridge] as const))
    for (const fn of functions) {
      if (fn.under === null) continue
      const bus = parseInt(fn.address.slice(-7, -5), 16)
      const bridge = bridges.get(fn.under)
      expect(bridge, `${fn.address} is behind ${fn.under}`).toBeTruthy()
      expect(bus, fn.address).toBeGreaterThanOrEqual(bridge?.secondary ?? 256)
      expect(bus, fn.address).toBeLessThanOrEqual(bridge?.subordinate ?? -1)
    }
  })

  test('names only devices that it has', () => {
    const addresses = new Set<string>(functions.map((fn) => fn.address))
    const named = [
      ...machine.interfaces.map((nic) => nic.on),
      ...machine.blocks.map((block) => block.on),
      ...functions.map((fn) => fn.groupWith),
    ].filter((address) => address !== null)
    expect(named.filter((address) => !addresses.has(address))).toEqual([])
    const blocks = new Set(
      machine.blocks.flatMap(({ name, partitions }) => [name, ...partitions.map((part) => part.name)]),
    )
    const used = [
      ...machine.mounts.map((mount) => mount.source),
      ...machine.swaps,
      ...machine.blocks.flatMap((block) => block.slaves),
    ]
    expect(used.filter((name) => !blocks.has(name))).toEqual([])
  })

  test('says that it is simulated', async () => {
    const dir = join(scratch(), machine.name)
    const created = await createSimulatedHost(dir, machine.name)
    expect(`${created.name} ${created.title}`).toMatch(/^sim-.*\(simulated\)$/)
    expect(openSimulatedHost(dir)).toMatchObject({
      name: machine.name,
      mark: expect.stringContaining('SIMULATED'),
    })
  })
})

test('a machine that nobody described is NotFound and names those that are', async () => {
  await expect(createSimulatedHost(join(scratch(), 'x'), 'cray')).rejects.toMatchObject({
    code: 'machine-unknown',
    message: expect.stringContaining('sim-gpu-a100'),
  })
})
