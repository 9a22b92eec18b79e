/** Needed changes in words, and an explanation that has them. */
import { describe, expect, test } from 'vitest'
import type { Change, Remedy } from '../../src/model/remedy.ts'
import type { Request } from '../../src/model/request.ts'
import type { Explanation } from '../../src/view/documents.ts'
import { type ChangeWords, neededChange } from '../../src/view/needed-change.ts'
import { remedied } from '../../src/view/remedied.ts'
import { addressOf, idOf } from './build.ts'

const gpu = addressOf('0000:3b:00.0')
const PCI: Request = {
  ...{ index: 0, count: 16, kind: null, allFunctions: false, optional: false, managed: true },
  selector: { vendorId: idOf('10de'), deviceId: null, classId: idOf('0302'), address: null },
}
const WORDS: ChangeWords = {
  ...{ host: 'kvm-a', agent: true, filter: '15b3:', vm: 5, requests: [PCI] },
  vmName: (vm) => (vm === 9 ? null : `train-${vm}`),
}
const none = { addresses: [], ports: [] }

const ROWS: readonly (readonly [Change, string, Partial<ChangeWords>?])[] = [
  [{ code: 'enable-host' }, 'let kvm-a take VMs again: `berth host enable kvm-a`'],
  [{ code: 'enable-host' }, "`berth host enable 'my host'`", { host: 'my host' }],
  [{ code: 'revive-host' }, 'get kvm-a to answer; `berth host show kvm-a` tells why it does not'],
  [{ code: 'send-here' }, '`berth vm deploy 5 kvm-a`'],
  [{ code: 'release-vm' }, 'release it: `berth vm release 5`'],
  [
    { code: 'prepare-host', missing: ['kvm', 'qemu'] },
    '(missing kvm, qemu): `berth host prepare kvm-a` shows how',
  ],
  [{ code: 'prepare-host' }, 'ready to pass PCI devices: `berth prepare` there shows how', { agent: false }],
  [{ code: 'install-firmware' }, 'install UEFI firmware on kvm-a; `berth doctor` there tells what'],
  [{ code: 'relax-requirements' }, 'SCHED_REQUIREMENTS that kvm-a meets'],
  [{ code: 'relax-numa' }, 'PCI_NUMA_POLICY = "PREFERRED"'],
  [{ code: 'free-cpu', missing: 150 }, 'free 1.5 cores: stop VMs of kvm-a (`berth vm list -f HOST=kvm-a`)'],
  [{ code: 'free-memory', missing: 928 }, 'free 928 MiB of memory'],
  [
    { code: 'undrain', address: gpu },
    'take the drain of 0000:3b:00.0 back: `berth device undrain kvm-a 0000:3b:00.0`',
  ],
  [{ code: 'clear-quarantine', address: gpu }, '`berth device clear kvm-a 0000:3b:00.0`'],
  [{ code: 'allow-device', address: gpu }, '`berth device allow kvm-a 0000:3b:00.0`'],
  [
    { code: 'end-domain', domain: 'win 11', ...none, addresses: [gpu] },
    "the domain win 11, no VM of this database, which has 0000:3b:00.0: `virsh shutdown 'win 11'` on kvm-a",
  ],
  [
    { code: 'offer-device', address: gpu, type: '10de:20b0:0302' },
    '`berth host set kvm-a --filter 15b3:,10de:20b0:0302`',
  ],
  [
    { code: 'offer-device', address: gpu, type: '10de:20b0:0302' },
    'wait for the next report of kvm-a, which has no filter any more, to offer 0000:3b:00.0: `berth host show kvm-a` tells',
    { filter: null },
  ],
  [
    { code: 'remove-vfs', address: gpu, vfs: 8 },
    'remove the 8 virtual functions of 0000:3b:00.0: `berth sriov set kvm-a 0000:3b:00.0 0`',
  ],
  [
    { code: 'remove-vfs', address: gpu, vfs: 0 },
    'no longer wish for virtual functions of 0000:3b:00.0: `berth sriov set',
  ],
  [
    { code: 'stop-vm', vm: 3, ...none, addresses: [gpu] },
    'stop VM 3 (train-3), which has 0000:3b:00.0: `berth vm stop 3`',
  ],
  [{ code: 'stop-vm', vm: 3, ...none }, 'stop VM 3 (train-3), for its cores and memory: `berth vm stop 3`'],
  [
    { code: 'await-vm', vm: 3, ...none, ports: ['1-3'] },
    'wait for VM 3 (train-3) to have ended, which has USB device 1-3',
  ],
  [{ code: 'detach-usb', vm: 3, port: '1-3' }, '`berth vm detach-usb 3 --port 1-3`'],
  [
    { code: 'ask-for-fewer', request: 0, fewer: 8 },
    'COUNT = 8 in the place of 16 in PCI 0: `berth vm attach-pci 5 --vendor 10de --class 0302 --count 8`, then `berth vm detach-pci 5 --request 0`',
  ],
  [
    { code: 'ask-for-fewer', request: 0, fewer: 8 },
    'create it anew',
    { requests: [{ ...PCI, network: { mac: null, vlan: 7 } }] },
  ],
  [
    { code: 'ask-for-fewer', request: 0, fewer: 39 },
    'ask for 39 fewer in PCI 0: create it anew',
    {
      requests: [
        { ...PCI, count: 40 },
        { ...PCI, index: 1, count: 24 },
      ],
    },
  ],
]

test.each(ROWS.map(([change, words, facts]) => ({ code: change.code, change, words, facts })))(
  '$code: $words',
  ({ change, words, facts }) => {
    const { message } = neededChange(change, { ...WORDS, ...facts })
    expect(message).toContain(words)
    expect(message).not.toMatch(/[.\n]$|undefined|NaN/)
  },
)

test.each<Change>([
  { code: 'stop-vm', vm: 9, ...none, addresses: [gpu] },
  { code: 'await-vm', vm: 9, ...none, addresses: [gpu] },
  { code: 'detach-usb', vm: 9, port: '1-3' },
])("$code: another user's VM is not named", (change) => {
  const told = neededChange(change, WORDS)
  expect(told.vm).toBeNull()
  expect(told.message).toContain("another user's VM")
  expect(told.message).not.toMatch(/9|`/)
})

const explanation = (facts: Partial<Explanation> = {}): Explanation => ({
  ...{ vm: 5, state: 'PENDING', fitting: [], smallest: null, considered: 0, message: '' },
  reasons: [1, 2, 3].map((host) => ({ host, hostName: `h${host}`, code: 'cpu', message: '' })),
  ...facts,
})
const codes = (changes: readonly { readonly code: string }[]) => changes.map(({ code }) => code)
const undrain: Remedy = { changes: [{ code: 'undrain', address: gpu }], cost: 10, exact: true }
const facts = {
  byHost: new Map([
    [1, undrain],
    [2, null],
  ]),
  smallest: 1,
  wordsFor: () => WORDS,
}

describe('an explanation with changes', () => {
  test('each host worked out has its changes, or null where nothing helps; the others have none', () => {
    const told = remedied(explanation(), facts)
    expect(told.reasons.map(({ changes }) => changes && codes(changes))).toEqual([
      ['undrain'],
      null,
      undefined,
    ])
    expect(told).toMatchObject({ considered: 2, smallest: { host: 1, hostName: 'kvm-a', exact: true } })
  })

  test('a VM on hold is released as well', () => {
    const told = remedied(explanation({ state: 'HOLD' }), facts)
    expect(told.smallest?.changes.map(({ code }) => code)).toEqual(['undrain', 'release-vm'])
  })

  test('a VM on hold that fits is only released', () => {
    const fitting = [{ host: 4, hostName: 'h4' }]
    const told = remedied(explanation({ state: 'HOLD', fitting }), facts)
    expect(told.smallest).toMatchObject({ host: 4, changes: [{ code: 'release-vm' }] })
  })

  test('a VM that fits needs nothing', () => {
    expect(remedied(explanation({ fitting: [{ host: 4, hostName: 'h4' }] }), facts).smallest).toBeNull()
  })
})
