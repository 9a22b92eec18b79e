/** Whose VMs are whose: a user's are there for that user, and for operators. */
import { expect, test } from 'vitest'
import { at, reported } from '../support/reports.ts'
import { type Behind, behind, tokenOf } from './door.ts'
import { must, type World, worldWith } from './world.ts'

const GPU = 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]'

interface Two {
  readonly here: World
  readonly ask: Behind['ask']
  readonly alice: string
  readonly bob: string
  readonly ops: string
}

/** Two users, and two devices. */
async function two(): Promise<Two> {
  const devices = ['0000:3b:00.0', '0000:3c:00.0'].map((address, n) =>
    reported(at(address), { iommuGroup: n + 1 }),
  )
  const here = await worldWith({ sim: devices })
  const { ask } = await behind(here)
  const [alice, bob] = [await tokenOf(here, 'alice', 'user'), await tokenOf(here, 'bob', 'user')]
  return { here, ask, alice, bob, ops: await tokenOf(here, 'ops', 'operator') }
}

const create = async ({ ask }: Two, token: string, more: object = {}) =>
  (await ask(token, 'POST', '/v1/vms', { template: GPU, ...more })).body

test("users see and end their own VMs, by id and by name; operators everybody's", async () => {
  const all = await two()
  const { ask, alice, bob, ops } = all
  const hers = await create(all, alice, { name: 'train' })
  const his = await create(all, bob, { name: 'train' })
  expect([hers.owner, his.owner]).toEqual(['alice', 'bob'])
  const ids = async (token: string) =>
    (await ask(token, 'GET', '/v1/vms?all=true')).body.map((vm: { id: number }) => vm.id)
  expect([await ids(alice), await ids(bob), await ids(ops)]).toEqual([[hers.id], [his.id], [hers.id, his.id]])
  expect((await ask(alice, 'GET', '/v1/vms/train')).body.id).toBe(hers.id)
  expect((await ask(ops, 'GET', '/v1/vms/train')).body.code).toBe('ambiguous-name')
  const actions = ['hold', 'release', 'start', 'stop', 'terminate', 'attach-pci', 'attach-usb']
  for (const url of ['', '/explain', ...actions.map((action) => `/${action}`)]) {
    const method = url === '' || url === '/explain' ? 'GET' : 'POST'
    const foreign = await ask(bob, method, `/v1/vms/${hers.id}${url}`)
    const missing = await ask(bob, method, `/v1/vms/99${url}`)
    expect([url, foreign.status, foreign.body.code]).toEqual([url, 404, 'unknown-vm'])
    expect(foreign.body.detail.replace(`${hers.id}`, '99')).toBe(missing.body.detail)
  }
  for (const action of ['detach-pci', 'detach-usb'])
    expect((await ask(bob, 'POST', `/v1/vms/${hers.id}/${action}`, { request: 0 })).body.code).toBe(
      'unknown-vm',
    )
  expect((await ask(alice, 'POST', `/v1/vms/${hers.id}/terminate`)).body.state).toBe('DONE')
  expect((await ask(ops, 'POST', `/v1/vms/${his.id}/terminate`)).body.state).toBe('DONE')
})

test('operators make VMs for others, users for themselves, and nobody before the others', async () => {
  const all = await two()
  const { here, ask, alice, ops } = all
  expect((await create(all, ops, { owner: 'alice' })).owner).toBe('alice')
  expect((await create(all, ops)).owner).toBe('ops')
  expect((await must(here, 'POST', '/v1/vms', { template: GPU })).owner).toBeNull()
  expect((await must(here, 'POST', '/v1/vms', { template: GPU, owner: 'bob' })).owner).toBe('bob')
  expect((await create(all, alice, { owner: 'alice' })).owner).toBe('alice')
  expect((await create(all, alice, { owner: 'bob' })).code).toBe('not-allowed')
  expect((await create(all, alice, { priority: 1 })).code).toBe('not-allowed')
  expect((await create(all, alice, { priority: -1 })).priority).toBe(-1)
  await must(here, 'POST', '/v1/templates', { text: GPU, name: 'gpu' })
  const made = await ask(alice, 'POST', '/v1/templates/gpu/instantiate', { count: 2 })
  expect(made.body.map((vm: { owner: string }) => vm.owner)).toEqual(['alice', 'alice'])
})

test("what others' VMs hold is in use for a user, and no more is told", async () => {
  const all = await two()
  const { here, ask, alice, bob, ops } = all
  const hers = await create(all, alice, { name: 'secret-project' })
  const his = await create(all, bob, { name: 'mine' })
  await must(here, 'POST', '/v1/schedule')
  for (const url of [
    '/v1/hosts/sim',
    '/v1/devices',
    '/v1/hosts/sim/devices/3b:00.0',
    '/v1/hosts/sim/devices/3b:00.0/history',
    '/v1/hosts/sim/groups',
    '/v1/hosts/sim/sriov',
  ])
    expect(JSON.stringify((await ask(bob, 'GET', url)).body)).not.toMatch(/secret-project|alice/)
  const seen = async (token: string) =>
    (await ask(token, 'GET', '/v1/devices')).body.map((one: { vm: number | null; state: string }) => [
      one.vm,
      one.state,
    ])
  const facts = new Set([JSON.stringify([hers.id, 'attached']), JSON.stringify([his.id, 'attached'])])
  expect(new Set((await seen(ops)).map((one: unknown) => JSON.stringify(one)))).toEqual(facts)
  const ids = new Set((await seen(bob)).map(([vm]: [number | null]) => vm))
  expect(ids).toEqual(new Set([his.id, null]))
  expect((await ask(ops, 'GET', '/v1/hosts/sim/devices/3b:00.0')).body.why).toMatch(/secret-project|mine/)
})

test("what would have to change names a user's own VMs, and no others", async () => {
  const all = await two()
  const { here, ask, alice, bob, ops } = all
  const hers = await create(all, alice, { name: 'secret-project' })
  const his = await create(all, bob, { name: 'mine' })
  await must(here, 'POST', '/v1/schedule')
  const waiting = await create(all, bob, { template: GPU.replace('PCI = [', 'PCI = [ COUNT = 2,') })
  const explain = async (token: string) => (await ask(token, 'GET', `/v1/vms/${waiting.id}/explain`)).body
  const vms = ({ smallest }: { smallest: { changes: { vm: number | null }[] } }) =>
    new Set(smallest.changes.map(({ vm }) => vm))
  expect(vms(await explain(ops))).toEqual(new Set([hers.id, his.id]))
  const seen = await explain(bob)
  expect(vms(seen)).toEqual(new Set([his.id, null]))
  expect(JSON.stringify(seen.smallest)).toContain("another user's VM must end, which has 0000:3")
  expect(JSON.stringify(seen)).not.toMatch(/secret-project|alice/)
})

test.each([
  ['RAW', 'RAW = [ TYPE = "kvm", DATA = "<devices/>" ]'],
  ['DISK/SOURCE', 'DISK = [ SOURCE = "/etc/shadow" ]'],
  ['NIC/BRIDGE', 'NIC = [ BRIDGE = "br0" ]'],
  ['NIC/NETWORK', 'NIC = [ NETWORK = "management" ]'],
  ['PCI/VLAN_ID', 'PCI = [ TYPE = "NIC", VLAN_ID = 3 ]'],
])(
  "%s in a user's own template reaches into hosts: refused; in a stored one it is what operators allow",
  async (attribute, line) => {
    const all = await two()
    const { here, ask, alice, ops } = all
    const template = `${GPU}\n${line}`
    expect(await ask(alice, 'POST', '/v1/vms', { template })).toMatchObject({
      status: 403,
      body: { code: 'restricted-attribute', facts: { attribute } },
    })
    expect((await ask(ops, 'POST', '/v1/vms', { template })).status).toBe(201)
    await must(here, 'POST', '/v1/templates', { text: template, name: 'stored' })
    expect((await ask(alice, 'POST', '/v1/templates/stored/instantiate')).status).toBe(201)
    const lower = `${GPU}\n${line.toLowerCase()}`
    expect((await ask(alice, 'POST', '/v1/vms', { template: lower })).status).toBe(403)
  },
)

test('viewers read no passwords in templates', async () => {
  const all = await two()
  const { here, ask, alice } = all
  const viewer = await tokenOf(here, 'v', 'viewer')
  const template = `${GPU}\nGRAPHICS = [ TYPE = "vnc", PASSWD = "hush, \\"x\\"]", LISTEN = "127.0.0.1" ]`
  const { id } = await create(all, alice, { template })
  await must(here, 'POST', '/v1/templates', { text: template, name: 'stored' })
  for (const url of [`/v1/vms/${id}`, '/v1/templates', '/v1/templates/stored']) {
    expect(JSON.stringify((await ask(viewer, 'GET', url)).body)).not.toContain('hush')
    expect(JSON.stringify((await ask(viewer, 'GET', url)).body)).toContain('127.0.0.1')
  }
  expect((await ask(alice, 'GET', `/v1/vms/${id}`)).body.template).toContain('hush')
})

test('quotas: set by administrators, seen by whom they concern, kept at creation and attach', async () => {
  const all = await two()
  const { here, ask, alice, bob, ops } = all
  const root = await tokenOf(here, 'root', 'admin')
  expect((await ask(ops, 'PUT', '/v1/quotas/alice/10de%3A', { most: 1 })).status).toBe(403)
  const set = await ask(root, 'PUT', '/v1/quotas/alice/10DE%3A', { most: 1 })
  expect(set.body).toEqual({ user: 'alice', selector: '10de:', most: 1, used: 0 })
  const vm = await create(all, alice)
  await must(here, 'POST', '/v1/schedule')
  expect(await create(all, alice)).toMatchObject({
    code: 'quota-exceeded',
    detail: expect.stringMatching(/alice may ask for 1 device of 10de:.*1 already.*1 more/),
  })
  const attached = await ask(alice, 'POST', `/v1/vms/${vm.id}/attach-pci`, { vendor: '10de' })
  expect(attached).toMatchObject({ status: 403, body: { code: 'quota-exceeded' } })
  expect((await create(all, ops, { owner: 'alice' })).code).toBe('quota-exceeded')
  expect((await create(all, bob)).owner).toBe('bob')
  expect((await ask(alice, 'GET', '/v1/quotas')).body).toEqual([
    { user: 'alice', selector: '10de:', most: 1, used: 1 },
  ])
  expect((await ask(bob, 'GET', '/v1/quotas')).body).toEqual([])
  expect((await ask(bob, 'GET', '/v1/quotas?user=alice')).body).toEqual([])
  expect((await ask(ops, 'GET', '/v1/quotas?user=alice')).body).toHaveLength(1)
  await ask(root, 'DELETE', '/v1/quotas/alice/10de%3A')
  expect((await ask(alice, 'POST', `/v1/vms/${vm.id}/attach-pci`, { vendor: '10de' })).body.code).not.toBe(
    'quota-exceeded',
  )
  expect((await ask(root, 'DELETE', '/v1/quotas/alice/10de%3A')).body.code).toBe('unknown-quota')
})
