/** The datastore and the virtual networks that a plan chooses. */
import { describe, expect, test } from 'vitest'
import { datastore, type HostShape, network, type VmShape } from './build.ts'
import { NO_LIMIT, planned } from './plan-case.ts'

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
