/** Affinity within a plan: VMs that must be on one host, or on different ones. */
import { describe, expect, test } from 'vitest'
import { planPools } from '../../src/opennebula/placement/plan.ts'
import { readPolicy } from '../../src/opennebula/policy.ts'
import { readAction } from '../../src/opennebula/xml/action.ts'
import { action, group, host, vm } from './build.ts'
import { A100, type Case, GPU, NO_LIMIT, placed, planned, told } from './plan-case.ts'

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
