/** What the page of IOMMU groups says can be done. */
import { expect, test } from 'vitest'
import { type GroupMember, waysOut } from '../../src/web/host/groups/ways-out.ts'

const member = (more: Partial<GroupMember> = {}): GroupMember => ({
  ...{ address: '0000:01:00.0', class: '0302', bridge: false, offered: true, allowed: false, inUse: [] },
  ...{ health: 'ok', numVfs: 0, wantedVfs: null, iommuGroup: 5, vm: null },
  ...more,
})
const address = '0000:01:00.0'
const use = { address, reason: 'mount' as const, detail: 'sda1 is mounted at /' }
const dongle = { port: '1-2', controller: address, vm: 3 }

test.each<readonly [string, readonly GroupMember[], readonly (typeof dongle)[], readonly object[]]>([
  ['nothing where nothing stands in the way', [member()], [], []],
  [
    'a VM that has several of it ends once',
    [member({ vm: 4 }), member({ address: '0000:01:00.1', vm: 4 })],
    [],
    [{ kind: 'vm', vm: 4 }],
  ],
  ['what the host uses is let go of', [member({ inUse: [use] })], [], [{ kind: 'allow', address, uses: 1 }]],
  [
    'what was allowed in spite of it is not asked for again',
    [member({ inUse: [use], allowed: true })],
    [],
    [],
  ],
  ['virtual functions are removed', [member({ numVfs: 8 })], [], [{ kind: 'no-vfs', address }]],
  ['wanted ones, too', [member({ wantedVfs: 8 })], [], [{ kind: 'no-vfs', address }]],
  ['a drain is taken back', [member({ health: 'drained' })], [], [{ kind: 'undrain', address }]],
  ['a quarantine is cleared', [member({ health: 'quarantined' })], [], [{ kind: 'clear', address }]],
  ['a USB device of it comes back', [member()], [dongle], [{ kind: 'usb', vm: 3, port: '1-2', address }]],
  ['the filter offers what it leaves out', [member({ offered: false })], [], [{ kind: 'offer', address }]],
  [
    'a mate that is not offered is no matter where something else is',
    [member({ offered: false }), member({ address: '0000:01:00.1', numVfs: 1 })],
    [],
    [{ kind: 'no-vfs', address: '0000:01:00.1' }],
  ],
  ['devices in no group need the IOMMU', [member({ iommuGroup: null })], [], [{ kind: 'iommu' }]],
  [
    'bridges and chipset are left alone',
    [member({ bridge: true, offered: false }), member({ class: '0601', offered: false, inUse: [use] })],
    [],
    [],
  ],
])('%s', (_, members, usb, expected) => {
  expect(waysOut(members, usb)).toEqual(expected)
})
