/** What a plan keeps to: which VMs, hosts with room, in which order, within which limits. */
import { describe, expect, test } from 'vitest'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { node, type VmShape } from './build.ts'
import { A100, type Case, NO_LIMIT, placed, planned, told } from './plan-case.ts'

describe('hosts and capacity', () => {
  test.each<[string, Case, string[]]>([
    [
      'only hosts that OpenNebula allows',
      { vms: [{ id: 1 }], hosts: [{ id: 0 }, { id: 1 }], allowed: { 1: [1] } },
      ['1>1'],
    ],
    [
      'a host that is not in the pool is none',
      { vms: [{ id: 1 }], hosts: [{ id: 0 }], allowed: { 1: [7] } },
      [],
    ],
    [
      'a host that is not monitored takes nothing',
      {
        vms: [{ id: 1 }],
        hosts: [
          { id: 0, state: 3 },
          { id: 1, state: 1 },
        ],
      },
      ['1>1'],
    ],
    [
      'what is used counts',
      {
        vms: [{ id: 1, cpu: 2 }],
        hosts: [
          { id: 0, share: { CPU_USAGE: 601 } },
          { id: 1, share: { CPU_USAGE: 600 } },
        ],
      },
      ['1>1'],
    ],
    [
      'what is reserved is gone from MAX_CPU',
      { vms: [{ id: 1, cpu: 8 }], hosts: [{ id: 0, share: { TOTAL_CPU: 800, MAX_CPU: 700 } }] },
      [],
    ],
    [
      'an overcommitted host (MAX above TOTAL) takes more',
      { vms: [{ id: 1, cpu: 16 }], hosts: [{ id: 0, share: { MAX_CPU: 1600 } }] },
      ['1>0'],
    ],
    [
      'memory counts in KiB',
      {
        vms: [
          { id: 1, memory: 16384 },
          { id: 2, memory: 1 },
        ],
        hosts: [{ id: 0 }],
      },
      ['1>0'],
    ],
    [
      'a fraction of a core is rounded up to hundredths',
      {
        vms: [{ id: 1, cpu: '0.291' }],
        hosts: [
          { id: 0, share: { MAX_CPU: 29 } },
          { id: 1, share: { MAX_CPU: 30 } },
        ],
      },
      ['1>1'],
    ],
    [
      'an amount that cannot be read fits nowhere',
      {
        vms: [
          { id: 1, cpu: 'many' },
          { id: 2, memory: 0.5 },
          { id: 3, memory: -1 },
        ],
        hosts: [{ id: 0 }],
      },
      [],
    ],
    [
      'what one VM takes the next cannot have',
      {
        vms: [
          { id: 1, cpu: 5 },
          { id: 2, cpu: 5 },
          { id: 3, cpu: 3 },
        ],
        hosts: [{ id: 0 }],
      },
      ['1>0', '3>0'],
    ],
  ])('%s', (_, what, expected) => {
    expect(placed(what)).toEqual(expected)
  })
})

describe('the order of VMs and the limits', () => {
  const three = [{ id: 3 }, { id: 1 }, { id: 2, user: { USER_PRIORITY: '5' } }]

  test.each<[string, Case, string[]]>([
    [
      'higher USER_PRIORITY first, then who came first',
      { vms: three, hosts: [{ id: 0 }] },
      ['2>0', '1>0', '3>0'],
    ],
    [
      'a priority that is no number is none',
      {
        vms: [
          { id: 1, user: { USER_PRIORITY: 'high' } },
          { id: 2, user: { USER_PRIORITY: '0.5' } },
        ],
        hosts: [{ id: 0 }],
      },
      ['2>0', '1>0'],
    ],
    [
      'one VM for one host in a cycle, as OpenNebula ships it',
      { vms: three, hosts: [{ id: 0 }, { id: 1 }], conf: '' },
      ['2>0', '1>1'],
    ],
    ['two of them', { vms: three, hosts: [{ id: 0 }], conf: 'MAX_HOST = 2' }, ['2>0', '1>0']],
    [
      'two in all',
      { vms: three, hosts: [{ id: 0 }], conf: 'MAX_HOST = 0\nMAX_DISPATCH = 2' },
      ['2>0', '1>0'],
    ],
  ])('%s', (_, what, expected) => {
    expect(placed(what)).toEqual(expected)
  })
})

describe('CPU pinning', () => {
  const pinned = (id: number, cpus: number) => ({
    id,
    topology: { PIN_POLICY: 'CORE' },
    nodes: [{ TOTAL_CPUS: cpus, MEMORY: 1024 }],
  })

  test('a VM gets whole cores once', () => {
    const hosts = [{ id: 0, nodes: [node(0, [0, 1])] }]
    expect(placed({ vms: [pinned(1, 1), pinned(2, 1), pinned(3, 1)], hosts })).toEqual(['1>0', '2>0'])
  })

  test('it waits where no host has them', () => {
    expect(told({ vms: [pinned(1, 3)], hosts: [{ id: 0, nodes: [node(0, [0, 1])] }] }, 1)).toBe(
      'Cannot dispatch VM: the only host cannot take it: CPU pinning or NUMA node not possible',
    )
  })
})

describe('which VMs are placed at all', () => {
  const state = (id: number, number: number, more: Partial<VmShape> = {}) => ({
    id,
    state: number,
    history: { HID: 0, DS_ID: 0 },
    ...more,
  })

  test.each<[string, VmShape, string[]]>([
    ['pending', state(1, 1), ['1>0 deploy']],
    ['pending, marked for moving from an earlier life', state(1, 1, { resched: true }), ['1>0 deploy']],
    ['running, marked for moving', state(1, 3, { resched: true }), ['1>0 migrate']],
    ['running', state(1, 3), []],
    ['on hold', state(1, 2), []],
    ['powered off, marked for moving', state(1, 8, { resched: true }), []],
    ['done', state(1, 6), []],
  ])('%s', (_, one, expected) => {
    const { placements, waiting } = planned({ vms: [one], hosts: [{ id: 0 }] })
    expect(placements.map((found) => `${found.vm}>${found.host} ${found.operation}`)).toEqual(expected)
    expect(waiting).toEqual([])
  })

  test('a VM that is named twice is placed once', () => {
    const allowed = [1, 1].map((id) => ({ vm: id, hosts: [0] }))
    expect(placed({ vms: [{ id: 1 }], hosts: [{ id: 0 }], more: { allowed } })).toEqual(['1>0'])
  })

  test('one without an id is none', () => {
    const none = { vms: [{ id: -1 }], hosts: [{ id: 0 }] }
    expect(planned(none)).toEqual({ placements: [], waiting: [], warnings: [] })
  })
})

describe('VMs that are to be moved', () => {
  const moving = {
    id: 1,
    state: 3,
    resched: true,
    history: { HID: 0, DS_ID: 0 },
    nics: [{ NIC_ID: 0, NETWORK_MODE: 'auto' }],
  }

  test('they keep their datastore and networks, and its space is not asked for', () => {
    const { placements } = planned({
      vms: [{ ...moving, disks: [{ TYPE: 'fs', SIZE: 9999 }] }],
      hosts: [{ id: 0, vms: [1] }, { id: 1 }],
      allowed: { 1: [1] },
    })
    expect(placements).toEqual([{ vm: 1, host: 1, datastore: 0, operation: 'migrate', networks: [] }])
  })

  test('what the core wrote into their PCI blocks is read over', () => {
    const pci = [
      { VENDOR: '10de', DEVICE: '20b0', CLASS: '0302', ADDRESS: '0000:99:00:0', SHORT_ADDRESS: '99:00.0' },
    ]
    const hosts = [
      { id: 0, vms: [1] },
      { id: 1, devices: [`3b:00.0 ${A100}`] },
    ]
    expect(placed({ vms: [{ ...moving, pci }], hosts, allowed: { 1: [1] } })).toEqual(['1>1'])
  })
})

describe('the configuration', () => {
  const none = { vms: [{ id: 1 }, { id: 2 }], hosts: [{ id: 0 }] }

  test.each<[string, string]>([
    ['MAX_HOST = -1', 'MAX_HOST = -1 counts as 0: no limit'],
    [`${NO_LIMIT}\nMAX_DISPATCH = -1`, 'MAX_DISPATCH = -1 counts as 0: no limit'],
    [`${NO_LIMIT}\nMEMORY_SYSTEM_DS_SCALE = -1`, 'MEMORY_SYSTEM_DS_SCALE = -1 counts as 0: off'],
    [`${NO_LIMIT}\nMAX_DISPATCH = many`, 'MAX_DISPATCH = many is no number and counts as 0'],
    [
      `${NO_LIMIT}\nDEFAULT_SCHED = [ POLICY = 9 ]`,
      'DEFAULT_SCHED: POLICY = 9 is none of 0 to 4 and counts for nothing: all are alike',
    ],
    [
      `${NO_LIMIT}\nDEFAULT_DS_SCHED = [ POLICY = 2, RANK = "(" ]`,
      'DEFAULT_DS_SCHED: RANK cannot be read and counts for nothing: column 2: expected a number, a host attribute, "-" or "(", found the end',
    ],
  ])('%s is told, and VMs are placed all the same', (conf, warning) => {
    expect(readPolicy(conf).warnings).toEqual([warning])
    expect(placed({ ...none, conf })).toEqual(['1>0', '2>0'])
  })

  test('a fraction of a VM is none', () => {
    expect(placed({ ...none, conf: 'MAX_HOST = 1.5' })).toEqual(['1>0'])
  })

  test('a file that is not in its syntax is refused', () => {
    expect(() => readPolicy('DEFAULT_SCHED = [')).toThrow('line 1')
  })
})
