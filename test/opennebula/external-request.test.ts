/** What OpenNebula 6.8 to 6.10 asks its External Scheduler, the answer, and the lines that make it ask. */
import { describe, expect, test } from 'vitest'
import { configurationLines } from '../../src/opennebula/external/configuration.ts'
import { replyTo } from '../../src/opennebula/external/reply.ts'
import { readRequest } from '../../src/opennebula/external/request.ts'
import { parseTemplate } from '../../src/template/parse.ts'
import { hasShared, readShared } from '../support/shared-data.ts'
import { request } from './run-serve.ts'

describe('the request', () => {
  const one = (attributes: Readonly<Record<string, string>>, cpu = 1) => {
    const { vms } = readRequest(request({ id: 3, hosts: [0], cpu, attributes }))
    return vms[0]
  }
  const blocks = (attributes: Readonly<Record<string, string>>) =>
    one(attributes)?.pci.map((block) => Object.fromEntries(block))

  test.each([
    [
      'blocks by number, from 1',
      { NPCI: '2', PCI1_VENDOR: '10de', PCI2_CLASS: '0200' },
      [{ VENDOR: '10de' }, { CLASS: '0200' }],
    ],
    ['an address', { PCI1_SHORT_ADDRESS: '3b:00.0' }, [{ SHORT_ADDRESS: '3b:00.0' }]],
    ['a block that says nothing is there, too', { NPCI: '2', PCI1_VENDOR: '10de' }, [{ VENDOR: '10de' }, {}]],
    ['none', {}, []],
  ])('PCI: %s', (_, attributes, expected) => {
    expect(blocks(attributes)).toEqual(expected)
  })

  test('capacity: binary fractions are no amounts, memory is in KiB', () => {
    expect(one({}, Math.fround(0.1))).toMatchObject({ cpu: '0.1', memoryMiB: 128 })
  })

  test('priority, rank and pinning come as attributes', () => {
    const attributes = {
      USER_PRIORITY: '7',
      SCHED_RANK: 'FREE_CPU',
      PIN_POLICY: 'CORE',
      NUMA1_TOTAL_CPUS: '4',
      NUMA1_MEMORY: '1024',
    }
    expect(one(attributes)).toMatchObject({
      priority: 7,
      rank: 'FREE_CPU',
      topology: expect.anything(),
      nodes: [expect.anything()],
    })
  })

  test('a VM that runs is to be moved', () => {
    expect(readRequest(request({ id: 3, hosts: [0], state: 'ACTIVE' })).vms[0]?.resched).toBe(true)
  })

  test('VMs without a host are nothing to answer', () => {
    expect(readRequest(request({ id: 3, hosts: [] }))).toEqual({ vms: [], allowed: [], unclear: [] })
  })

  test('a VM with more PCI blocks than are told of is not placed blindly', () => {
    const { vms, unclear } = readRequest(
      request({ id: 3, hosts: [0], attributes: { NPCI: '9', PCI1_VENDOR: '10de' } }),
    )
    expect(vms).toEqual([])
    expect(unclear).toEqual([{ vm: 3, message: 'it has 9 PCI blocks, and OpenNebula tells of 8 at most' }])
  })

  test.each(['many', '-1', '1.5', '1e9'])(
    'a number of PCI blocks that is none (%s) is not guessed',
    (count) => {
      const { vms, unclear } = readRequest(request({ id: 3, hosts: [0], attributes: { NPCI: count } }))
      expect(vms).toEqual([])
      expect(unclear).toEqual([{ vm: 3, message: `NPCI is ${count}, which is no number of PCI blocks` }])
    },
  )

  test.each([
    ['no JSON', '{"VMS":[', 'it is no JSON'],
    ['a list', '[]', 'the request is no object'],
    ['no list of VMs', '{}', 'VMS is no list'],
    ['a VM without an id', '{"VMS":[{"HOST_IDS":[]}]}', 'ID of a VM is no whole number'],
    ['a host that is none', '{"VMS":[{"ID":1,"HOST_IDS":["a"]}]}', 'a host of VM 1 is no whole number'],
    ['a VM without capacity', '{"VMS":[{"ID":1,"HOST_IDS":[0]}]}', 'CAPACITY of VM 1 is no object'],
  ])('%s is refused', (_, text, message) => {
    expect(() => readRequest(text)).toThrow(message)
  })

  test.skipIf(!hasShared('opennebula/external-scheduler-6.10.json'))(
    'what a running core sent is read',
    () => {
      const sample: unknown = JSON.parse(readShared('opennebula/external-scheduler-6.10.json'))
      const body =
        typeof sample === 'object' && sample !== null && 'body_raw' in sample ? String(sample.body_raw) : ''
      expect(readRequest(body)).toMatchObject({
        vms: [{ id: 0, cpu: '1', memoryMiB: 128 }, { id: 2 }],
        allowed: [
          { vm: 0, hosts: [0, 1] },
          { vm: 2, hosts: [0] },
        ],
      })
    },
  )
})

describe('the answer', () => {
  const placement = (vm: number) => ({ vm, host: 2500 })

  test('placements, in the order of the plan', () => {
    const { body, leftOut } = replyTo([placement(5), placement(2)])
    expect(JSON.parse(body)).toEqual({
      VMS: [
        { ID: 5, HOST_ID: 2500 },
        { ID: 2, HOST_ID: 2500 },
      ],
    })
    expect(leftOut).toBe(0)
  })

  test('it stays below 16 KB: the first are in it, the others are left to OpenNebula', () => {
    const placements = Array.from({ length: 1000 }, (_, n) => placement(1_000_000 + n))
    const { body, leftOut } = replyTo(placements)
    expect(body.length).toBeLessThan(15_100)
    const { VMS } = JSON.parse(body) as { VMS: { ID: number }[] }
    expect(VMS.map(({ ID }) => ID)).toEqual(placements.slice(0, VMS.length).map(({ vm }) => vm))
    expect(VMS.length + leftOut).toBe(1000)
    expect(VMS.length).toBeGreaterThan(400)
  })

  test('nothing to say is said', () => {
    expect(replyTo([]).body).toBe('{"VMS":[]}')
  })
})

describe('the lines to paste', () => {
  const lines = configurationLines('http://127.0.0.1:9880/')

  test('are in OpenNebula’s syntax, and name where Berth listens', () => {
    const { attributes } = parseTemplate(lines)
    expect(attributes[0]).toMatchObject({ name: 'EXTERNAL_SCHEDULER', kind: 'vector' })
    expect(lines).toContain('SERVER  = "http://127.0.0.1:9880/"')
    expect(lines).toContain('VM_ATTRIBUTE = "/VM/TEMPLATE/PCI[2]/VENDOR:PCI2_VENDOR"')
  })

  test('OpenNebula takes a line apart at its colon: there is one in each', () => {
    for (const line of lines.split('\n').filter((one) => one.startsWith('VM_ATTRIBUTE')))
      expect(line.split(':')).toHaveLength(2)
  })
})
