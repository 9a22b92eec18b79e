/** What a plan keeps to, feature by feature: the host, datastore and networks chosen, and what waiting VMs are told. */
import { describe, expect, test } from 'vitest'
import { planPools } from '../../src/opennebula/placement/plan.ts'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { readAction } from '../../src/opennebula/xml/action.ts'
import {
  type ActionShape,
  action,
  datastore,
  group,
  type HostShape,
  host,
  network,
  node,
  type VmShape,
  vm,
} from './build.ts'

const A100 = '10de:20b0:0302'
const V100 = '10de:1db4:0302'
const NIC = '15b3:101e:0200'
const GPU = { CLASS: '0302' }

/** Any number of VMs for one host, unless a test says otherwise. */
const NO_LIMIT = 'MAX_HOST = 0'

interface Case {
  readonly vms: readonly VmShape[]
  readonly hosts: readonly HostShape[]
  readonly conf?: string
  readonly more?: Partial<ActionShape>
  /** Hosts that each VM may use; all of them unless told. */
  readonly allowed?: Readonly<Record<number, readonly number[]>>
}

function planned({ vms, hosts, conf = NO_LIMIT, more = {}, allowed = {} }: Case) {
  const all = hosts.map(({ id }) => id)
  const xml = action({
    vms: vms.map(vm),
    hosts: hosts.map(host),
    allowed: vms.map(({ id }) => ({ vm: id, hosts: allowed[id] ?? all })),
    ...more,
  })
  return planPools(readAction(xml), readPolicy(conf))
}

/** `VM>host` in the order of the plan. */
const placed = (what: Case): string[] => planned(what).placements.map((one) => `${one.vm}>${one.host}`)

const told = (what: Case, id: number): string | undefined =>
  planned(what).waiting.find((one) => one.vm === id)?.message

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

describe('PCI devices', () => {
  const wide = { VENDOR: '10de' }
  const narrow = { VENDOR: '10de', DEVICE: '1db4' }
  const both = [`3b:00.0 ${V100}`, `3b:00.1 ${A100}`]

  test.each<[string, Case, string[]]>([
    [
      'a host with a free one',
      {
        vms: [{ id: 1, pci: [GPU] }],
        hosts: [
          { id: 0 },
          { id: 1, devices: [`3b:00.0 ${A100} vm=7`] },
          { id: 2, devices: [`3b:00.0 ${A100}`] },
        ],
      },
      ['1>2'],
    ],
    [
      'no device twice',
      { vms: [1, 2, 3].map((id) => ({ id, pci: [GPU] })), hosts: [{ id: 0, devices: both }] },
      ['1>0', '2>0'],
    ],
    [
      'no host where first fit fails, though another order would do',
      { vms: [{ id: 1, pci: [wide, narrow] }], hosts: [{ id: 0, devices: both }] },
      [],
    ],
    [
      'the same blocks the other way round',
      { vms: [{ id: 1, pci: [narrow, wide] }], hosts: [{ id: 0, devices: both }] },
      ['1>0'],
    ],
    [
      'a host where first fit serves them',
      {
        vms: [{ id: 1, pci: [wide, narrow] }],
        hosts: [
          { id: 0, devices: both },
          { id: 1, devices: [`3b:00.0 ${A100}`, `3b:00.1 ${V100}`] },
        ],
      },
      ['1>1'],
    ],
    [
      'scarce ones are spared for who needs them',
      {
        vms: [
          { id: 1, pci: [GPU] },
          { id: 2, pci: [{ DEVICE: '20b0' }] },
        ],
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100}`] },
          { id: 1, devices: [`3b:00.0 ${V100}`] },
        ],
      },
      ['1>1', '2>0'],
    ],
    [
      'also from the default policy',
      {
        vms: [
          { id: 1, pci: [GPU] },
          { id: 2, pci: [{ DEVICE: '20b0' }] },
        ],
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100}`] },
          { id: 1, devices: [`3b:00.0 ${V100}`], share: { RUNNING_VMS: 9 } },
        ],
      },
      ['1>1', '2>0'],
    ],
    [
      'but not from a SCHED_RANK',
      {
        vms: [
          { id: 1, pci: [GPU], user: { SCHED_RANK: '- RUNNING_VMS' } },
          { id: 2, pci: [{ DEVICE: '20b0' }] },
        ],
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100}`] },
          { id: 1, devices: [`3b:00.0 ${V100}`], share: { RUNNING_VMS: 9 } },
        ],
      },
      ['1>0'],
    ],
    [
      'a VM without PCI goes where there are none',
      { vms: [{ id: 1 }], hosts: [{ id: 0, devices: both }, { id: 1 }] },
      ['1>1'],
    ],
    [
      'devices of one NUMA node are preferred',
      {
        vms: [{ id: 1, pci: [GPU, { CLASS: '0200' }] }],
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100} node=0`, `af:00.0 ${NIC} node=1`] },
          { id: 1, devices: [`3b:00.0 ${A100} node=1`, `af:00.0 ${NIC} node=1`] },
        ],
      },
      ['1>1'],
    ],
    [
      'and CPUs pinned to that node',
      {
        vms: [
          { id: 1, pci: [GPU], topology: { PIN_POLICY: 'THREAD' }, nodes: [{ TOTAL_CPUS: 4, MEMORY: 1024 }] },
        ],
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100} node=0`], nodes: [node(0, [0]), node(1, [1, 2])] },
          { id: 1, devices: [`3b:00.0 ${A100} node=1`], nodes: [node(0, [0]), node(1, [1, 2])] },
        ],
      },
      ['1>1'],
    ],
  ])('%s', (_, what, expected) => {
    expect(placed(what)).toEqual(expected)
  })
})

describe('ranks', () => {
  const busy = (id: number, running: number, more: Partial<HostShape> = {}) => ({
    id,
    share: { RUNNING_VMS: running },
    ...more,
  })

  test.each<[string, Case, string[]]>([
    ['striping, the default: the fewest VMs', { vms: [{ id: 1 }], hosts: [busy(0, 3), busy(1, 1)] }, ['1>1']],
    [
      'striping counts what the plan has placed',
      { vms: [{ id: 1 }, { id: 2 }, { id: 3 }], hosts: [busy(0, 2), busy(1, 1)] },
      ['1>1', '2>0', '3>1'],
    ],
    [
      'packing',
      {
        vms: [{ id: 1 }],
        hosts: [busy(0, 1), busy(1, 3)],
        conf: `${NO_LIMIT}\nDEFAULT_SCHED = [ POLICY = 0 ]`,
      },
      ['1>1'],
    ],
    [
      'load-aware, less what the plan has placed',
      {
        vms: [{ id: 1, cpu: 3 }, { id: 2 }],
        hosts: [
          { id: 0, capacity: { FREE_CPU: 500 } },
          { id: 1, capacity: { FREE_CPU: 300 } },
        ],
        conf: `${NO_LIMIT}\nDEFAULT_SCHED = [ POLICY = 2 ]`,
      },
      ['1>0', '2>1'],
    ],
    [
      'an expression of the administrator’s',
      {
        vms: [{ id: 1 }],
        hosts: [busy(0, 1), busy(1, 3)],
        conf: `${NO_LIMIT}\nDEFAULT_SCHED = [ POLICY = 3, RANK = "RUNNING_VMS * 2" ]`,
      },
      ['1>1'],
    ],
    [
      'PRIORITY of the host',
      {
        vms: [{ id: 1 }],
        hosts: [
          { id: 0, template: { PRIORITY: 1 } },
          { id: 1, template: { PRIORITY: 2 } },
        ],
        conf: `${NO_LIMIT}\nDEFAULT_SCHED = [ POLICY = 4 ]`,
      },
      ['1>1'],
    ],
    [
      'SCHED_RANK of the VM before them',
      {
        vms: [{ id: 1, user: { SCHED_RANK: 'SPEED' } }],
        hosts: [busy(0, 0, { template: { SPEED: 1 } }), busy(1, 9, { template: { SPEED: 2 } })],
      },
      ['1>1'],
    ],
    [
      'RANK, its old name',
      { vms: [{ id: 1, user: { RANK: 'SPEED' } }], hosts: [{ id: 0 }, { id: 1, template: { SPEED: 2 } }] },
      ['1>1'],
    ],
    [
      'an expression that cannot be read ranks all alike',
      { vms: [{ id: 1, user: { SCHED_RANK: '*' } }], hosts: [{ id: 0, template: { SPEED: 1 } }, { id: 1 }] },
      ['1>0'],
    ],
  ])('%s', (_, what, expected) => {
    expect(placed(what)).toEqual(expected)
  })

  test('whoever wrote an expression that cannot be read is told', () => {
    const { warnings } = planned({
      vms: [{ id: 1, user: { SCHED_RANK: 'A +', SCHED_DS_RANK: '(' } }],
      hosts: [{ id: 0 }],
    })
    expect(warnings.map(({ message }) => message)).toEqual([
      'SCHED_RANK cannot be read and counts for nothing: column 4: expected a number, a host attribute, "-" or "(", found the end',
      'SCHED_DS_RANK cannot be read and counts for nothing: column 2: expected a number, a host attribute, "-" or "(", found the end',
    ])
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

describe('datastores', () => {
  const disk = (size: number) => ({
    DATASTORE_ID: 1,
    CLONE: 'YES',
    CLONE_TARGET: 'SYSTEM',
    LN_TARGET: 'NONE',
    SIZE: size,
  })
  const image = datastore({ id: 1, type: 0, free: 100 })
  const use = (
    stores: readonly string[],
    datastores: readonly number[],
    vms: readonly VmShape[],
    hosts: readonly HostShape[],
    conf = NO_LIMIT,
  ) =>
    planned({
      vms,
      hosts,
      conf,
      more: {
        datastores: stores,
        allowed: vms.map(({ id }) => ({ vm: id, hosts: hosts.map((one) => one.id), datastores })),
      },
    })

  test.each<[string, readonly string[], readonly number[], VmShape, HostShape, string, number | null]>([
    [
      'the one with most space (striping)',
      [datastore({ id: 0 }), datastore({ id: 3, free: 2000 })],
      [0, 3],
      { id: 1 },
      { id: 0 },
      NO_LIMIT,
      3,
    ],
    [
      'the fullest (packing)',
      [datastore({ id: 0, free: 2000 }), datastore({ id: 3 })],
      [0, 3],
      { id: 1 },
      { id: 0 },
      `${NO_LIMIT}\nDEFAULT_DS_SCHED = [ POLICY = 0 ]`,
      3,
    ],
    [
      'SCHED_DS_RANK of the VM',
      [datastore({ id: 0, free: 2000 }), datastore({ id: 3, template: { SPEED: 5 } })],
      [0, 3],
      { id: 1, user: { SCHED_DS_RANK: 'SPEED' } },
      { id: 0 },
      NO_LIMIT,
      3,
    ],
    [
      'none that OpenNebula does not allow',
      [datastore({ id: 0 }), datastore({ id: 3, free: 2000 })],
      [0],
      { id: 1 },
      { id: 0 },
      NO_LIMIT,
      0,
    ],
    [
      'none of another cluster',
      [datastore({ id: 0, clusters: [5] }), datastore({ id: 3 })],
      [0, 3],
      { id: 1 },
      { id: 0 },
      NO_LIMIT,
      3,
    ],
    ['none that is for images', [image], [1], { id: 1 }, { id: 0 }, NO_LIMIT, null],
    [
      'one with the space for the disks',
      [datastore({ id: 0, free: 50 }), datastore({ id: 3, free: 51 }), image],
      [0, 3],
      { id: 1, disks: [disk(50)], user: { SCHED_DS_RANK: '- FREE_MB' } },
      { id: 0 },
      NO_LIMIT,
      3,
    ],
    [
      'volatile disks count',
      [datastore({ id: 0, free: 50 })],
      [0],
      { id: 1, disks: [{ TYPE: 'fs', SIZE: 60 }] },
      { id: 0 },
      NO_LIMIT,
      null,
    ],
    [
      'images that are linked elsewhere do not',
      [datastore({ id: 0, free: 50 }), image],
      [0],
      { id: 1, disks: [{ ...disk(60), CLONE: 'NO' }] },
      { id: 0 },
      NO_LIMIT,
      0,
    ],
    [
      'a share of memory, where the administrator says so',
      [datastore({ id: 0, free: 100 })],
      [0],
      { id: 1, memory: 128 },
      { id: 0 },
      `${NO_LIMIT}\nMEMORY_SYSTEM_DS_SCALE = 1.0`,
      null,
    ],
    [
      'LIMIT_MB counts in place of what is free',
      [datastore({ id: 0, free: 900, template: { LIMIT_MB: 540 } }), image],
      [0],
      { id: 1, disks: [disk(40)] },
      { id: 0 },
      NO_LIMIT,
      null,
    ],
    [
      'a local one by the space that the host has',
      [datastore({ id: 0, free: 1, template: { SHARED: 'NO' } }), image],
      [0],
      { id: 1, disks: [disk(40)] },
      { id: 0, freeDisk: 41 },
      NO_LIMIT,
      0,
    ],
    [
      'a local one by what the host tells of it',
      [datastore({ id: 0, template: { SHARED: 'NO' } }), image],
      [0],
      { id: 1, disks: [disk(40)] },
      { id: 0, localDisks: [{ ID: 0, FREE_MB: 40 }] },
      NO_LIMIT,
      null,
    ],
    [
      'an image datastore that must copy an image within it',
      [datastore({ id: 0 }), image],
      [0],
      { id: 1, disks: [{ ...disk(100), CLONE_TARGET: 'SELF' }] },
      { id: 0 },
      NO_LIMIT,
      null,
    ],
  ])('%s', (_, stores, allowed, asking, on, conf, expected) => {
    expect(use(stores, allowed, [asking], [on], conf).placements[0]?.datastore ?? null).toBe(expected)
  })

  test.each([
    ['NO', []],
    ['YES', [1]],
  ])('a full one (SHARED = %s) takes a VM without disks where OpenNebula would', (shared, expected) => {
    const stores = [datastore({ id: 0, free: 0, template: { SHARED: shared } })]
    const { placements } = use(stores, [0], [{ id: 1 }], [{ id: 0, freeDisk: 0 }])
    expect(placements.map((one) => one.vm)).toEqual(expected)
  })

  test('what one VM fills the next cannot have, shared or local', () => {
    const vms = [1, 2].map((id) => ({ id, disks: [disk(30)] }))
    for (const shared of ['YES', 'NO']) {
      const stores = [datastore({ id: 0, free: 50, template: { SHARED: shared } }), image]
      expect(use(stores, [0], vms, [{ id: 0, freeDisk: 50 }]).placements.map((one) => one.vm)).toEqual([1])
    }
  })

  test('a VM that comes back from being undeployed has its disks already', () => {
    const back = { id: 1, disks: [disk(5000)], history: { HID: 0, DS_ID: 0, ACTION: 5 } }
    expect(use([datastore({ id: 0, free: 50 }), image], [0], [back], [{ id: 0 }]).placements).toHaveLength(1)
  })
})

describe('virtual networks', () => {
  const nics = [
    { NIC_ID: 0, NETWORK_MODE: 'auto' },
    { NIC_ID: 1, NETWORK_MODE: 'auto' },
    { NIC_ID: 2, NETWORK: 'fixed' },
  ]
  const use = (networks: readonly string[], conf = NO_LIMIT, hosts: readonly HostShape[] = [{ id: 0 }]) => {
    const allowed = [{ vm: 1, hosts: hosts.map(({ id }) => id), nics: { 0: [7, 8], 1: [7, 8] } }]
    return planned({ vms: [{ id: 1, nics }], hosts, conf, more: { networks, allowed } })
  }

  test.each<[string, readonly string[], string, string[] | null]>([
    [
      'different ones for the NICs of a VM, the least used first',
      [network(7, 10, 5), network(8, 10, 1)],
      NO_LIMIT,
      ['0>8', '1>7'],
    ],
    [
      'the same one where the administrator allows it',
      [network(7, 10, 5), network(8, 10, 1)],
      `${NO_LIMIT}\nDIFFERENT_VNETS = NO`,
      ['0>8', '1>8'],
    ],
    ['none without a free lease', [network(7, 5, 5), network(8, 10, 1)], NO_LIMIT, null],
    ['none with too few for both', [network(8, 10, 9)], `${NO_LIMIT}\nDIFFERENT_VNETS = NO`, null],
    ['none of another cluster', [network(7, 10, 0, [3]), network(8, 10, 0)], NO_LIMIT, null],
  ])('%s', (_, networks, conf, expected) => {
    const [placement] = use(networks, conf).placements
    expect(placement?.networks.map((one) => `${one.nic}>${one.network}`) ?? null).toEqual(expected)
  })

  test('a lease that one VM takes the next cannot have', () => {
    const one = { nics: [{ NIC_ID: 0, NETWORK_MODE: 'auto' }] }
    const vms = [1, 2].map((id) => ({ id, ...one }))
    const allowed = vms.map(({ id }) => ({ vm: id, hosts: [0], nics: { 0: [7] } }))
    const { placements, waiting } = planned({
      vms,
      hosts: [{ id: 0 }],
      more: { networks: [network(7, 10, 9)], allowed },
    })
    expect(placements.map((placement) => placement.vm)).toEqual([1])
    expect(waiting[0]?.message).toContain('no virtual network with a free lease')
  })

  test('a host in whose cluster they are is chosen', () => {
    const networks = [network(7, 10, 0, [3]), network(8, 10, 0, [3])]
    expect(use(networks, NO_LIMIT, [{ id: 0 }, { id: 1, cluster: 3 }]).placements).toEqual([])
    const more = { networks, datastores: [datastore({ id: 0, clusters: [0, 3] })] }
    const allowed = [{ vm: 1, hosts: [0, 1], nics: { 0: [7, 8], 1: [7, 8] } }]
    const found = planned({
      vms: [{ id: 1, nics }],
      hosts: [{ id: 0 }, { id: 1, cluster: 3 }],
      more: { ...more, allowed },
    })
    expect(found.placements.map((one) => one.host)).toEqual([1])
  })
})

describe('VM groups', () => {
  const hosts = [{ id: 0 }, { id: 1 }, { id: 2 }]
  const vms = [{ id: 1 }, { id: 2 }]
  const grouped = (groups: readonly string[], what: Partial<Case> = {}) =>
    placed({ vms, hosts, more: { groups }, ...what })

  test.each<[string, string, Partial<Case>, string[]]>([
    [
      'VMs of a role apart',
      group([{ name: 'a', vms: [1, 2], policy: 'ANTI_AFFINED' }]),
      { hosts: [{ id: 0 }] },
      ['1>0'],
    ],
    [
      'VMs of a role apart from one that runs',
      group([{ name: 'a', vms: [1, 2, 9], policy: 'ANTI_AFFINED' }]),
      { hosts: [{ id: 0, vms: [9] }, { id: 1 }] },
      ['1>1'],
    ],
    ['VMs of a role together', group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }]), {}, ['1>0', '2>0']],
    [
      'VMs of a role where one of them runs',
      group([{ name: 'a', vms: [1, 2, 9], policy: 'AFFINED' }]),
      { hosts: [{ id: 0 }, { id: 1, vms: [9] }] },
      ['1>1', '2>1'],
    ],
    [
      'roles together',
      group(
        [
          { name: 'a', vms: [1] },
          { name: 'b', vms: [2] },
        ],
        [['AFFINED', 'a, b']],
      ),
      {},
      ['1>0', '2>0'],
    ],
    [
      'roles apart',
      group(
        [
          { name: 'a', vms: [1] },
          { name: 'b', vms: [2] },
        ],
        [['ANTI_AFFINED', 'a,b']],
      ),
      { hosts: [{ id: 0 }] },
      ['1>0'],
    ],
    ['hosts that a role must be on', group([{ name: 'a', vms: [1, 2], hosts: '2' }]), {}, ['1>2', '2>2']],
    [
      'hosts that a role must not be on',
      group([{ name: 'a', vms: [1, 2], notHosts: '0,1' }]),
      {},
      ['1>2', '2>2'],
    ],
    [
      'a host with room for all who belong together',
      group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }]),
      {
        vms: vms.map((one) => ({ ...one, cpu: 3 })),
        hosts: [
          { id: 0, share: { CPU_USAGE: 300 } },
          { id: 1, share: { CPU_USAGE: 200, RUNNING_VMS: 5 } },
        ],
      },
      ['1>1', '2>1'],
    ],
    [
      'with PCI devices for all of them',
      group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }]),
      {
        vms: vms.map((one) => ({ ...one, pci: [GPU] })),
        hosts: [
          { id: 0, devices: [`3b:00.0 ${A100}`] },
          { id: 1, devices: [`3b:00.0 ${A100}`, `3c:00.0 ${A100}`] },
        ],
      },
      ['1>1', '2>1'],
    ],
    [
      'no host where all have room, and all wait',
      group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }]),
      { vms: vms.map((one) => ({ ...one, cpu: 5 })) },
      [],
    ],
    [
      'a limit of one VM a cycle does not part them: the second follows in the next',
      group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }]),
      { conf: '' },
      ['1>0'],
    ],
  ])('%s', (_, groups, what, expected) => {
    expect(grouped([groups], what)).toEqual(expected)
  })
})

test('rules that share a role make one set: a with b, b with c, so all three on one host', () => {
  const roles = [1, 2, 3].map((id) => ({ name: `r${id}`, vms: [id] }))
  const rules = [['AFFINED', 'r1,r2'] as const, ['AFFINED', 'r2,r3'] as const]
  const vms = [1, 2, 3].map((id) => ({ id, cpu: 3 }))
  const hosts = [{ id: 0 }, { id: 1, share: { MAX_CPU: 900, RUNNING_VMS: 5 } }]
  expect(placed({ vms, hosts, more: { groups: [group(roles, rules)] } })).toEqual(['1>1', '2>1', '3>1'])
})

describe('VMs of a group that must be on one host', () => {
  const groups = [group([{ name: 'a', vms: [1, 2], policy: 'AFFINED' }])]
  const flawed = { id: 2, pci: [{ VENDOR: '*' }] }
  const together = (what: Case) => ({ ...what, more: { groups } })

  test('one whose own template is impossible is not waited for, and is named', () => {
    const what = together({ vms: [{ id: 1 }, flawed], hosts: [{ id: 0 }] })
    expect(placed(what)).toEqual(['1>0'])
    expect(planned(what).warnings).toEqual([
      {
        vm: 1,
        message:
          'placed without VM 2, which must be on the same host: PCI 0: VENDOR is *, which is no hexadecimal number',
      },
    ])
  })

  test.each([
    ['powered off', 8],
    ['undeployed', 9],
    ['on hold', 2],
  ])('one that is %s fixes no place', (_, state) => {
    const full = { id: 0, share: { CPU_USAGE: 800 }, vms: [2] }
    const off = vm({ id: 2, state, history: { HID: 0, DS_ID: 0 } })
    const xml = action({
      vms: [vm({ id: 1 }), off],
      hosts: [host(full), host({ id: 1 })],
      allowed: [{ vm: 1, hosts: [0, 1] }],
      groups,
    })
    expect(planPools(readAction(xml), readPolicy(NO_LIMIT)).placements).toMatchObject([{ vm: 1, host: 1 }])
  })

  test('who waits for room for all is told who all are', () => {
    const what = together({
      vms: [
        { id: 1, cpu: 5 },
        { id: 2, cpu: 5 },
      ],
      hosts: [{ id: 0 }],
    })
    expect(told(what, 1)).toBe(
      'Cannot dispatch VM: the only host cannot take it: no room for all VMs that must be on one host. With it on one host: VM 2',
    )
  })

  test('hundreds of them that fit nowhere are refused in no time', () => {
    const ids = Array.from({ length: 300 }, (_, n) => n)
    const devices = [`3b:00.0 ${A100}`, `3c:00.0 ${A100}`]
    const what = {
      vms: ids.map((id) => ({ id, cpu: 0.01, memory: 1, ...(id >= 297 && { pci: [GPU] }) })),
      hosts: Array.from({ length: 200 }, (_, id) => ({ id, devices })),
      more: { groups: [group([{ name: 'a', vms: ids, policy: 'AFFINED' }])] },
    }
    const xml = action({
      ...what.more,
      vms: what.vms.map(vm),
      hosts: what.hosts.map(host),
      allowed: ids.map((id) => ({ vm: id, hosts: what.hosts.map((one) => one.id) })),
    })
    const read = readAction(xml)
    const began = performance.now()
    expect(planPools(read, readPolicy(NO_LIMIT)).placements).toEqual([])
    expect(performance.now() - began).toBeLessThan(1000)
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

describe('what a waiting VM is told', () => {
  const wide = { VENDOR: '10de' }
  const narrow = { VENDOR: '10de', DEVICE: '1db4' }

  test.each<[string, Case, string]>([
    [
      'reasons summed up, the most frequent first',
      {
        vms: [{ id: 1, cpu: 9, pci: [GPU] }],
        hosts: [{ id: 0 }, { id: 1, share: { MAX_CPU: 1000 } }, { id: 2 }],
      },
      'Cannot dispatch VM: none of 3 hosts can take it: not enough CPU (2), no such PCI device (1)',
    ],
    [
      'one reason',
      { vms: [{ id: 1, memory: 99999 }], hosts: [{ id: 0 }, { id: 1 }] },
      'Cannot dispatch VM: none of 2 hosts can take it: not enough memory',
    ],
    [
      'devices that VMs have',
      { vms: [{ id: 1, pci: [GPU] }], hosts: [{ id: 0, devices: [`3b:00.0 ${A100} vm=4`] }] },
      'Cannot dispatch VM: the only host cannot take it: not enough free PCI devices',
    ],
    [
      'more blocks than devices',
      { vms: [{ id: 1, pci: [GPU, GPU] }], hosts: [{ id: 0, devices: [`3b:00.0 ${A100}`] }] },
      'Cannot dispatch VM: the only host cannot take it: PCI requests not possible together',
    ],
    [
      'exactly the order in which the blocks would do',
      {
        vms: [{ id: 1, pci: [wide, narrow] }],
        hosts: [{ id: 0 }, { id: 4, devices: [`3b:00.0 ${V100}`, `3b:00.1 ${A100}`] }],
      },
      "Cannot dispatch VM: none of 2 hosts can take it: no such PCI device (1), PCI devices fit only in another order of the PCI blocks (1). OpenNebula gives the blocks, in the template's order, the first free device that fits: written in the order PCI 1, PCI 0 they would fit on host 4",
    ],
    [
      'an id that is no number',
      { vms: [{ id: 1, pci: [{ VENDOR: '*' }] }], hosts: [{ id: 0 }] },
      'Cannot dispatch VM: PCI 0: VENDOR is *, which is no hexadecimal number',
    ],
    [
      'a block that says nothing',
      { vms: [{ id: 1, pci: [GPU, { PCI_ID: 1 }] }], hosts: [{ id: 0 }] },
      'Cannot dispatch VM: PCI 1: it names neither VENDOR, DEVICE, CLASS nor SHORT_ADDRESS',
    ],
    [
      'one address twice',
      {
        vms: [{ id: 1, pci: [{ SHORT_ADDRESS: '3b:00.0' }, { SHORT_ADDRESS: '3b:00.0' }] }],
        hosts: [{ id: 0 }],
      },
      'Cannot dispatch VM: PCI 0 and PCI 1 both ask for 3b:00.0: OpenNebula would start the VM with one device',
    ],
    [
      'no host at all',
      { vms: [{ id: 1 }], hosts: [{ id: 0 }], allowed: { 1: [] } },
      'Cannot dispatch VM: OpenNebula names no host for it',
    ],
    [
      'a full image datastore',
      {
        vms: [{ id: 1, disks: [{ DATASTORE_ID: 5, CLONE: 'YES', CLONE_TARGET: 'SELF', SIZE: 1 }] }],
        hosts: [{ id: 0 }],
      },
      'Cannot dispatch VM: image datastore 5 has not enough space',
    ],
    [
      'a datastore without space',
      { vms: [{ id: 1, disks: [{ TYPE: 'swap', SIZE: 9999 }] }], hosts: [{ id: 0 }] },
      'Cannot dispatch VM: the only host cannot take it: no system datastore with enough space',
    ],
    [
      'the limit of the cycle',
      { vms: [{ id: 0 }, { id: 1 }], hosts: [{ id: 0 }], conf: 'MAX_DISPATCH = 1' },
      'Cannot dispatch VM: the limit of 1 VMs in one cycle is reached; the next will try',
    ],
    [
      'the limit of a host',
      { vms: [{ id: 0 }, { id: 1 }], hosts: [{ id: 0 }], conf: 'MAX_HOST = 1' },
      'Cannot dispatch VM: the only host cannot take it: limit of new VMs for one host and cycle reached',
    ],
    [
      'its group',
      {
        vms: [{ id: 0 }, { id: 1 }],
        hosts: [{ id: 0 }],
        more: { groups: [group([{ name: 'a', vms: [0, 1], policy: 'ANTI_AFFINED' }])] },
      },
      'Cannot dispatch VM: the only host cannot take it: VM group affinity not met',
    ],
  ])('%s', (_, what, message) => {
    expect(told(what, 1)).toBe(message)
  })

  test('thousands of PCI blocks are refused in no time', () => {
    const pci = Array.from({ length: 5000 }, () => GPU)
    const devices = Array.from({ length: 200 }, (_, n) => `${(n + 16).toString(16)}:00.0 ${A100}`)
    expect(told({ vms: [{ id: 1, pci }], hosts: [{ id: 0, devices }] }, 1)).toBe(
      'Cannot dispatch VM: the only host cannot take it: PCI requests not possible together',
    )
  })

  test('one line, however long or strange what the VM says', () => {
    const line = told(
      { vms: [{ id: 1, pci: [{ VENDOR: `x\n\u2028ERROR: 5 ${'y'.repeat(2000)}` }] }], hosts: [{ id: 0 }] },
      1,
    )
    expect(line).toMatch(
      /^Cannot dispatch VM: PCI 0: VENDOR is x ERROR: 5 y+, which is no hexadecimal number$/,
    )
    expect((line ?? '').length).toBeLessThan(500)
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
