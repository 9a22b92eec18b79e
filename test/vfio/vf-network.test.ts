/** What `ip link` tells of VFs, as its versions print it, and what the machine's own `ip` makes of an interface without any. */
import { expect, test } from 'vitest'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import { ipLink, isUp, parseVfSettings, vfPlace } from '../../src/vfio/vf-network.ts'
import { writeSmall } from '../simulator/small-machine.ts'
import { addressOf } from '../support/orders.ts'

test.each([
  [
    'today',
    [{ ifname: 'ens1f0', vfinfo_list: [{ vf: 1, address: '02:00:0A:00:00:01', vlan_list: [{ vlan: 42 }] }] }],
    [[1, { mac: '02:00:0a:00:00:01', vlan: 42 }]],
  ],
  [
    'earlier',
    [{ vfinfo_list: [{ vf: 0, mac: '02:00:00:00:00:00', vlan: 7 }] }],
    [[0, { mac: '02:00:00:00:00:00', vlan: 7 }]],
  ],
  [
    'untagged',
    [{ vfinfo_list: [{ vf: 0, address: '00:00:00:00:00:00' }] }],
    [[0, { mac: '00:00:00:00:00:00', vlan: 0 }]],
  ],
  ['no VFs', [{ ifname: 'lo' }], []],
  ['something else', { vfinfo_list: 'none' }, []],
  ['an entry without a number', [{ vfinfo_list: [{ address: '02:00:00:00:00:00' }, null] }], []],
])('as iproute2 prints it: %s', (_, document, expected) => {
  expect([...parseVfSettings(document)]).toEqual(expected)
})

test('an interface that is not there is an error that names it', async () => {
  await expect(ipLink('berth-none')).rejects.toMatchObject({
    code: 'vf-network-unreadable',
    message: expect.stringContaining('berth-none'),
  })
})

test('a VF is found at its PF, with the PF’s interfaces; whether one is up is its flags', async () => {
  const sysfs = simulatedSysfs(`${await writeSmall()}/sys`)
  const [pf, vf] = [addressOf('02:00.0'), addressOf('02:10.1')]
  expect(await vfPlace(sysfs, vf)).toBeNull()
  await sysfs.write(`bus/pci/devices/${pf}/sriov_numvfs`, '2')
  expect(await vfPlace(sysfs, vf)).toEqual({ pf, index: 1, interfaces: ['eth0'] })
  expect(await vfPlace(sysfs, pf)).toBeNull()
  expect([await isUp(sysfs, 'eth0'), await isUp(sysfs, 'eth0v1'), await isUp(sysfs, 'none')]).toEqual([
    ...[true, false, false],
  ])
})
