/** libvirt's node devices through virsh: two calls for all of them, and what becomes of one that leaves meanwhile. */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { nodeDevices } from '../../src/libvirt/node-devices.ts'
import { createVirsh, type Virsh } from '../../src/libvirt/virsh.ts'
import { installFakeVirsh, tellVirsh, virshCalls } from '../support/build-fake-virsh.ts'
import { smallHost } from '../support/small-machine.ts'

let dir: string
let virsh: Virsh

beforeAll(async () => {
  dir = await smallHost()
  virsh = createVirsh({ uri: 'qemu:///system', binary: await installFakeVirsh(dir), queryTimeout: 10_000 })
})
afterAll(() => rmSync(dirname(dir), { recursive: true, force: true }))
beforeEach(() => tellVirsh(dir, {}))

test('all devices, in address order, by one list and one line of commands', async () => {
  const before = virshCalls(dir).length
  const found = await nodeDevices(virsh)
  expect(found.map(({ address, driver, iommuGroup }) => [address, driver, iommuGroup?.number])).toEqual([
    ['0000:00:03.0', 'e1000e', 0],
    ['0000:00:08.0', 'nvidia', 1],
    ['0000:00:08.1', 'snd_hda_intel', 1],
  ])
  const calls = virshCalls(dir).slice(before)
  expect(calls.filter((call) => !call.endsWith(': done'))).toEqual([
    'nodedev-list --cap pci',
    expect.stringMatching(/^nodedev-dumpxml --device pci_0000_00_0\d_\d; .*; nodedev-dumpxml --device \w+$/),
  ])
})

test('one that leaves between the list and the question is left out', async () => {
  const listPciNodeDevices = async () => ['pci_0000_ff_00_0', ...(await virsh.listPciNodeDevices())]
  expect(await nodeDevices({ ...virsh, listPciNodeDevices })).toHaveLength(3)
})

test('many are asked about in several calls', async () => {
  const names = Array.from({ length: 1200 }, (_, index) => `pci_${index}`)
  const asked: number[] = []
  const found = await nodeDevices({
    ...virsh,
    listPciNodeDevices: async () => names,
    dumpNodeDevices: async (some) => {
      asked.push(some.length)
      return ''
    },
  })
  expect([asked, found]).toEqual([[500, 500, 200], []])
})

test('a name that virsh could read as something else is never handed to it', async () => {
  const odd = ['pci_0; destroy guest', "pci_0'", 'pci_0 --xpath', 'computer', 'pci_0000_00_03_0']
  const asked: (readonly string[])[] = []
  await nodeDevices({
    ...virsh,
    listPciNodeDevices: async () => odd,
    dumpNodeDevices: async (names) => {
      asked.push(names)
      return ''
    },
  })
  expect(asked).toEqual([['pci_0000_00_03_0']])
})

test.each(['nodedev-list', 'nodedev-dumpxml'])(
  'a libvirt that refuses %s cannot be asked',
  async (command) => {
    tellVirsh(dir, { say: { [command]: 'this function is not supported by the connection driver' } })
    await expect(nodeDevices(virsh)).rejects.toThrow(expect.objectContaining({ code: 'virsh-failed' }))
  },
)

test('a failure of a long line of commands tells its beginning', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `pci_none_${index}`)
  const failure = await virsh.dumpNodeDevices(names).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'virsh-failed' })
  expect(failure instanceof Error && failure.message.length).toBeLessThan(20_000)
  expect((failure as { facts: { command: string } }).facts.command.length).toBe(300)
})
