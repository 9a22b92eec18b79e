/** What a waiting VM is told. */
import { describe, expect, test } from 'vitest'
import { group } from './build.ts'
import { A100, type Case, GPU, told, V100 } from './plan-case.ts'

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
