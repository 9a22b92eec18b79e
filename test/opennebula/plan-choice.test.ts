/** Which of the hosts that could take a VM is chosen: by PCI devices and ranks. */
import { describe, expect, test } from 'vitest'
import { type HostShape, node } from './build.ts'
import { A100, type Case, GPU, NIC, NO_LIMIT, placed, planned, V100 } from './plan-case.ts'

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
