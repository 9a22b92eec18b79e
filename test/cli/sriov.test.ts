/** `berth sriov`: the tree, the failures, and what a change says. */
import { expect, test } from 'vitest'
import type { HostSriov, PfView, VfView } from '../../src/view/documents.ts'
import { addressOf } from '../view/build.ts'
import { berth, refuse } from './berth.ts'

function vf(address: string, fields: Partial<VfView> = {}): VfView {
  return {
    ...{ address: addressOf(address), index: 0, type: '8086:1889:0200', name: 'E800 VF', driver: null },
    ...{ iommuGroup: 40, offered: true, vm: null, state: 'free', why: null },
    ...fields,
  }
}

function pf(address: string, fields: Partial<PfView> = {}): PfView {
  return {
    ...{ host: 0, hostName: 'kvm-a', address: addressOf(address), type: '8086:1592:0200', name: 'E810' },
    ...{ driver: 'ice', networkInterfaces: ['ens1f0'], totalVfs: 128, numVfs: 0, wantedVfs: null },
    ...{ driverAble: null, failure: null, vm: null, state: 'free', why: null, vfs: [] },
    ...fields,
  }
}

const document = (...pfs: readonly PfView[]): HostSriov => ({
  ...{ host: 0, hostName: 'kvm-a', reportedAt: null, pfs },
})

const list = (answer: HostSriov, ...flags: string[]) =>
  berth(['sriov', 'list', 'kvm-a', ...flags], { 'GET /v1/hosts/kvm-a/sriov': answer })

test('VFs stand as a tree below their PF; what failed last is told', async () => {
  const { status, stdout } = await list(
    document(
      pf('3b:00.0', {
        ...{ numVfs: 2, wantedVfs: 2, driverAble: true, state: 'unassignable' },
        vfs: [vf('3b:01.0', { vm: 7, state: 'attached', driver: 'vfio-pci' }), vf('3b:01.1', { index: 1 })],
      }),
      pf('5e:00.0', { wantedVfs: 4, state: 'unassignable', failure: 'there is no room' }),
      pf('af:00.0', { driver: null, driverAble: false, name: null }),
    ),
  )
  expect(status).toBe(0)
  expect(stdout).toBe(`SR-IOV DEVICES OF HOST 0 (kvm-a)

ADDR      TYPE           TOTAL ENABLED WANTED DRIVER    ABLE        VM STATE        NAME
3b:00.0   8086:1592:0200   128       2      2 ice       yes            unassignable E810
+-3b:01.0 8086:1889:0200                      vfio-pci               7 attached     E800 VF
\\-3b:01.1 8086:1889:0200                                               free         E800 VF
5e:00.0   8086:1592:0200   128       0      4 ice       not known      unassignable E810
af:00.0   8086:1592:0200   128       0      -           no             free

LAST CHANGE FAILED

ADDR      WHY
5e:00.0   there is no room
`)
})

test('a host without any says so; -j prints the document as it is', async () => {
  expect((await list(document())).stdout).toBe(
    'SR-IOV DEVICES OF HOST 0 (kvm-a)\n\nno device with SR-IOV is known\n',
  )
  const answer = document(pf('3b:00.0'))
  expect(JSON.parse((await list(answer, '-j')).stdout)).toEqual(answer)
})

const PATH = '/v1/hosts/kvm-a/devices/0000%3A3b%3A00.0/sriov'

test.each([
  [
    'made',
    'sriov set kvm-a 3b:00.0 2',
    pf('3b:00.0', { numVfs: 2, wantedVfs: 2, vfs: [vf('3b:01.0'), vf('3b:01.1')] }),
    { numVfs: 2 },
    '0000:3b:00.0 of kvm-a has 2 of 128 virtual functions: 3b:01.0 3b:01.1\n',
  ],
  [
    'removed',
    'sriov set kvm-a 3b:00.0 0',
    pf('3b:00.0'),
    { numVfs: 0 },
    '0000:3b:00.0 of kvm-a has 0 of 128 virtual functions\n',
  ],
  [
    'for the host’s drivers, and not there yet',
    'sriov set kvm-a 3b:00.0 4 --autoprobe',
    pf('3b:00.0', { wantedVfs: 4 }),
    { numVfs: 4, autoprobe: true },
    '0000:3b:00.0 of kvm-a is to have 4; it has 0 of 128 virtual functions now\n',
  ],
])('%s (berth %s)', async (_, line, answer, body, words) => {
  const { status, stdout, calls } = await berth(line.split(' '), { [`POST ${PATH}`]: answer })
  expect({ status, stdout, calls }).toEqual({
    ...{ status: 0, stdout: words },
    calls: [{ method: 'POST', path: PATH, body }],
  })
})

test('a refusal is told in words', async () => {
  const detail = '0000:3b:00.0 of host kvm-a supports 128 virtual functions, not 999'
  const outcome = await berth(['sriov', 'set', 'kvm-a', '3b:00.0', '999'], {
    [`POST ${PATH}`]: refuse(409, detail, 'vfs-too-many'),
  })
  expect(outcome).toMatchObject({ status: 1, stdout: '', stderr: `berth: ${detail}\n` })
})
