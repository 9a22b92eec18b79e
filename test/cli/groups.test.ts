/** `berth host groups`: the table, the reasons, libvirt's word. */
import { expect, test } from 'vitest'
import type { GroupDeviceView, GroupView, HostGroups, LibvirtCheck } from '../../src/view/documents.ts'
import { addressOf } from '../view/build.ts'
import { berth } from './berth.ts'

function member(address: string, fields: Partial<GroupDeviceView> = {}): GroupDeviceView {
  return {
    ...{ address: addressOf(address), type: '10de:20b0:0302', name: 'GA100', bridge: false, driver: null },
    ...{ offered: true, vm: null, state: 'free', why: null },
    ...fields,
  }
}

function group(number: number | null, fields: Partial<GroupView> = {}): GroupView {
  return { group: number, state: 'free', viable: true, why: null, vm: null, devices: [], ...fields }
}

const document = (groups: readonly GroupView[], libvirt: LibvirtCheck | null = null): HostGroups => ({
  ...{ host: 0, hostName: 'kvm-a', reportedAt: null, groups, libvirt },
})

const show = (answer: HostGroups, ...flags: string[]) =>
  berth(['host', 'groups', 'kvm-a', ...flags], {
    'GET /v1/hosts/kvm-a/groups': answer,
    'GET /v1/hosts/kvm-a/groups?libvirt=true': answer,
  })

test('each group is told in its first row, and why not in a table of its own', async () => {
  const { status, stdout } = await show(
    document([
      group(1, { state: 'never', devices: [member('00:01.0', { bridge: true, driver: 'pcieport' })] }),
      group(12, {
        ...{ state: 'held', vm: 7 },
        devices: [member('3b:00.0', { vm: 7, driver: 'vfio-pci' }), member('3b:00.1', { name: null })],
      }),
      group(18, {
        ...{ state: 'unassignable', viable: false, why: '0000:00:1f.0 in it is in use by the host' },
        devices: [member('00:1f.2')],
      }),
      group(null, {
        state: 'unassignable',
        viable: false,
        why: 'in no IOMMU group',
        devices: [member('05:00.0')],
      }),
    ]),
  )
  expect(status).toBe(0)
  expect(stdout).toBe(`IOMMU GROUPS OF HOST 0 (kvm-a)

GROUP    VM STATE        VIABLE ADDR    TYPE           KIND     DRIVER     NAME
    1       never        yes    00:01.0 10de:20b0:0302 bridge   pcieport   GA100
   12     7 held         yes    3b:00.0 10de:20b0:0302 endpoint vfio-pci   GA100
                                3b:00.1 10de:20b0:0302 endpoint
   18       unassignable no     00:1f.2 10de:20b0:0302 endpoint            GA100
 none       unassignable no     05:00.0 10de:20b0:0302 endpoint            GA100

NOT TO BE GIVEN

GROUP WHY
   18 0000:00:1f.0 in it is in use by the host
 none in no IOMMU group
`)
})

test('a host without devices says so', async () => {
  expect((await show(document([]))).stdout).toBe('IOMMU GROUPS OF HOST 0 (kvm-a)\n\nnone is known\n')
})

test('--libvirt asks for it, and says that it agrees', async () => {
  const { stdout, calls, status } = await show(document([], { differences: [], failure: null }), '--libvirt')
  expect([status, calls[0]?.path]).toEqual([0, '/v1/hosts/kvm-a/groups?libvirt=true'])
  expect(stdout).toContain('LIBVIRT AND SYSFS\n\nlibvirt agrees\n')
})

test('--libvirt shows what differs', async () => {
  const differences = [
    { address: addressOf('3b:00.0'), field: 'driver', sysfs: 'nvidia', libvirt: null },
    { address: addressOf('3b:00.0'), field: 'iommuGroup', sysfs: 12, libvirt: 13 },
  ] as const
  const { stdout } = await show(document([], { differences, failure: null }), '--libvirt')
  expect(stdout).toContain(`ADDR    WHAT       SYSFS      LIBVIRT
3b:00.0 driver     nvidia     -
3b:00.0 iommuGroup 12         13
`)
})

test('where libvirt cannot be asked the groups are shown all the same, and the exit status is 1', async () => {
  const libvirt = { differences: null, failure: 'virsh was not found' }
  expect(await show(document([group(1)], libvirt), '--libvirt')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('IOMMU GROUPS'),
    stderr: 'berth: libvirt and sysfs could not be compared: virsh was not found\n',
  })
})

test('-j prints the document as it is', async () => {
  const answer = document([group(12, { devices: [member('3b:00.0')] })])
  expect(JSON.parse((await show(answer, '-j')).stdout)).toEqual(answer)
})
