/** /v1/hosts/:host/groups through the application: the inventory's groups, and libvirt's word where it is asked for. */
import { describe, expect, test } from 'vitest'
import type { NodeDevice } from '../../src/model/node-device.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import { HOST_GROUPS_SCHEMA } from '../../src/model/schemas/host-groups.ts'
import { addressOf, idOf, reported } from '../view/build.ts'
import { expectFits } from './strict.ts'
import { must, type World, worldWith } from './world.ts'

const GPU = reported('0000:3b:00.0', { iommuGroup: 12, driver: 'nvidia' })
const AUDIO = reported('0000:3b:00.1', { iommuGroup: 12, classId: idOf('0403'), driver: 'snd_hda_intel' })
const OTHER = reported('0000:86:00.0', { iommuGroup: 30 })
const GROUPS = '/v1/hosts/kvm-a/groups'

const gpuWorld = () => worldWith({ 'kvm-a': [GPU, AUDIO, OTHER] })

const node = (device: ReportedDevice, fields: Partial<NodeDevice> = {}): NodeDevice => ({
  ...{ name: 'n', address: device.address, classCode: `${device.classId}${device.progIf}` },
  ...{ driver: device.driver, capabilities: [], physicalFunction: device.parent, virtualFunctions: [] },
  iommuGroup: device.iommuGroup === null ? null : { number: device.iommuGroup, members: [] },
  ...{ numaNode: null, pcie: true },
  ...fields,
})

function tell(here: World, nodes: NodeDevice[] | null): void {
  const fake = here.hosts.get('kvm-a')
  if (fake) fake.nodes = nodes
}

test('the groups, before and after a VM takes one, by name and by id', async () => {
  const here = await gpuWorld()
  const before = await must(here, 'GET', GROUPS)
  expectFits(HOST_GROUPS_SCHEMA, before)
  expect(before).toMatchObject({ host: 1, hostName: 'kvm-a', libvirt: null })
  await must(here, 'POST', '/v1/vms', { template: 'MEMORY = 64\nPCI = [ ADDRESS = "3b:00.0" ]' })
  await must(here, 'POST', '/v1/schedule')
  const after = await must(here, 'GET', '/v1/hosts/1/groups')
  expectFits(HOST_GROUPS_SCHEMA, after)
  expect(after.groups).toMatchObject([
    {
      ...{ group: 12, state: 'held', viable: true, vm: 1 },
      devices: [
        { address: '0000:3b:00.0', state: 'attached', vm: 1 },
        { address: '0000:3b:00.1', state: 'held', vm: 1 },
      ],
    },
    { group: 30, state: 'free', viable: true, vm: null },
  ])
})

test('what the host uses makes its group not viable, with the reason', async () => {
  const here = await gpuWorld()
  here.hosts
    .get('kvm-a')
    ?.usage.push({ address: AUDIO.address, reason: 'mount', detail: 'x is mounted at /' })
  await must(here, 'POST', '/v1/schedule')
  expect((await must(here, 'GET', GROUPS)).groups[0]).toMatchObject({
    ...{ group: 12, viable: false, state: 'unassignable' },
    why: '0000:3b:00.1 in it is in use by the host: x is mounted at /',
  })
})

test('a foreign domain that holds a mate is named', async () => {
  const here = await gpuWorld()
  const foreign = { name: 'foreign', uuid: 'u', state: 'running', hostdevs: [AUDIO.address], berth: null }
  here.hosts.get('kvm-a')?.domains.push(foreign)
  await must(here, 'POST', '/v1/schedule')
  expect((await must(here, 'GET', GROUPS)).groups[0].why).toContain('domain foreign has it')
})

describe('libvirt', () => {
  test.each<[string, NodeDevice[] | null, object]>([
    ['agrees', [node(GPU), node(AUDIO), node(OTHER)], { differences: [], failure: null }],
    [
      'differs',
      [node(GPU, { driver: 'vfio-pci' }), node(AUDIO)],
      {
        differences: [
          { address: GPU.address, field: 'driver', sysfs: 'nvidia', libvirt: 'vfio-pci' },
          { address: OTHER.address, field: 'device', sysfs: 'present', libvirt: null },
        ],
        failure: null,
      },
    ],
    ['is not there', null, { differences: null, failure: 'kvm-a has no libvirt to ask' }],
  ])('%s', async (_, nodes, libvirt) => {
    const here = await gpuWorld()
    tell(here, nodes)
    const answer = await must(here, 'GET', `${GROUPS}?libvirt=true`)
    expectFits(HOST_GROUPS_SCHEMA, answer)
    expect(answer.libvirt).toEqual(libvirt)
    expect((await must(here, 'GET', `${GROUPS}?libvirt=false`)).libvirt).toBeNull()
  })

  test('is asked about all devices, whatever is offered, as they are now', async () => {
    const here = await gpuWorld()
    tell(here, [node(GPU, { driver: 'vfio-pci' }), node(AUDIO), node(OTHER)])
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.devices = [{ ...GPU, driver: 'vfio-pci' }, AUDIO, OTHER]
    expect((await must(here, 'GET', `${GROUPS}?libvirt=true`)).libvirt.differences).toEqual([])
  })

  test('a host that cannot be read says why, and its groups are told as they were last', async () => {
    const here = await gpuWorld()
    tell(here, [])
    const fake = here.hosts.get('kvm-a')
    if (fake) fake.broken = 'no /sys/bus/pci'
    const answer = await must(here, 'GET', `${GROUPS}?libvirt=true`)
    expect(answer.libvirt).toEqual({ differences: null, failure: 'no /sys/bus/pci' })
    expect(answer.groups).toHaveLength(2)
  })
})

test.each([
  ['/v1/hosts/nobody/groups', 404, 'unknown-host'],
  ['/v1/hosts/nobody/groups?libvirt=true', 404, 'unknown-host'],
  [`${GROUPS}?libvirt=yes`, 400, 'invalid-request'],
  [`${GROUPS}?virsh=true`, 400, 'invalid-request'],
])('GET %s is %i %s', async (url, status, code) => {
  const { status: got, body } = await (await gpuWorld()).request('GET', url)
  expect([got, body.code]).toEqual([status, code])
})

test('a device tells what diagnosis found of it, and a host lists it', async () => {
  const passthrough = {
    ...{ upstream: addressOf('0000:3a:00.0'), acs: false, flr: false, resettable: false, barSizes: null },
    ...{ msi: true, irq: null, rom: true, reservedMemory: true },
  }
  const here = await worldWith({ 'kvm-a': [{ ...GPU, resetMethods: [], passthrough }] })
  const device = await must(here, 'GET', '/v1/hosts/kvm-a/devices/3b:00.0')
  expect(device.passthrough).toEqual(passthrough)
  expect(device.diagnosis.map(({ code, level }: { code: string; level: string }) => [code, level])).toEqual([
    ['no-reset', 'warning'],
    ['reserved-memory', 'warning'],
  ])
  expect((await must(here, 'GET', '/v1/hosts/kvm-a')).devices[0].diagnosis).toEqual(device.diagnosis)
})
