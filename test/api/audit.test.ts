/** The log: who did what, what was refused, what is never in it, and that it fills no disk. */
import { expect, test } from 'vitest'
import { actionOf } from '../../src/api/audit/action.ts'
import { createRefusals } from '../../src/api/audit/refusals.ts'
import { forgetAudit, insertAudit, listAudit } from '../../src/database/audit.ts'
import type { LogEntryView } from '../../src/view/documents.ts'
import { behind, tokenOf } from './door.ts'
import { must, type World, world } from './world.ts'

const GPU = 'NAME = "confidential"\nCPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]'

const log = (here: World): Promise<LogEntryView[]> => must(here, 'GET', '/v1/log?limit=1000')
const short = ({ who, origin, action, subject, outcome }: LogEntryView) =>
  [who, origin, action, subject, outcome].join(' | ')

test('changes and refusals over the door are in it, and what the command line does to rights; reading is not', async () => {
  const here = await world()
  const { ask } = await behind(here)
  const alice = await tokenOf(here, 'alice', 'user')
  await must(here, 'PUT', '/v1/quotas/alice/10de%3A', { most: 2 })
  await must(here, 'POST', '/v1/vms', { template: GPU, name: 'local' })
  const { body: vm } = await ask(alice, 'POST', '/v1/vms', { template: GPU })
  await ask(alice, 'GET', '/v1/vms')
  await ask(alice, 'POST', `/v1/vms/${vm.id}/hold`)
  await ask(alice, 'POST', `/v1/vms/${vm.id}/hold`)
  await ask(alice, 'DELETE', '/v1/hosts/kvm-a')
  await ask('berth_u_wrong', 'GET', '/v1/hosts')
  const local = expect.stringMatching(/^local:.+ \| {2}\| /)
  const lines = (await log(here)).map(short)
  expect(lines).toEqual([
    local,
    local,
    `alice | 192.0.2.7 | vm create | vm ${vm.id} | ok`,
    `alice | 192.0.2.7 | vm hold | vm ${vm.id} | ok`,
    `alice | 192.0.2.7 | vm hold | vm ${vm.id} | vm-state`,
    'alice | 192.0.2.7 | host delete | host kvm-a | not-allowed',
    '- | 192.0.2.7 | host read |  | token-invalid',
  ])
  expect(lines[0]).toContain('token create | token alice (user for alice) | ok')
  expect(lines[1]).toContain('quota set | user alice selector 10de: most 2 | ok')
  const rows = JSON.stringify(await here.database.kysely.selectFrom('audit').selectAll().execute())
  expect(rows).not.toMatch(/confidential|berth_/)
  expect(rows).not.toContain(alice)
})

test('a flood of refusals becomes a few lines and a number', async () => {
  const here = await world()
  const { ask, app } = await behind(here)
  for (let n = 0; n < 40; n++) await ask('berth_u_wrong', 'GET', '/v1/hosts')
  await app.close()
  const entries = await log(here)
  const wrong = entries.filter(({ outcome }) => outcome === 'token-invalid')
  expect(wrong).toHaveLength(6)
  expect(entries.reduce((sum, { more }) => sum + (more === 0 ? 1 : more), 0)).toBe(40)
})

test('however many addresses there are, a minute has a bounded number of lines', () => {
  const refusals = createRefusals()
  const entry = (n: number) => ({
    ...{ at: 60_000_000 + n, who: '-', role: '-', origin: `192.0.2.${n}`, action: 'host read' },
    ...{ subject: null, outcome: 'token-invalid', facts: {} },
  })
  const written = Array.from({ length: 5000 }, (_, n) => refusals.note(entry(n))).flat()
  const rest = refusals.settle(60_060_000)
  expect([written.length, rest.length]).toEqual([100, 101])
  const left = rest.reduce((sum, { facts }) => sum + Number('more' in facts ? facts.more : 0), 0)
  expect(written.length + left).toBe(5000)
  expect(refusals.settle(60_120_000)).toEqual([])
})

test('who, since and how many are asked for', async () => {
  const here = await world()
  const entry = (at: number, who: string) => ({
    ...{ at, who, role: 'user', origin: null, action: 'vm stop', subject: null, outcome: 'ok', facts: {} },
  })
  await insertAudit(
    here.database.kysely,
    [1, 2, 3, 4].map((at) => entry(at, at % 2 === 0 ? 'bob' : 'alice')),
  )
  const times = async (query: string) =>
    (await must(here, 'GET', `/v1/log?${query}`)).map(({ at }: LogEntryView) => Date.parse(at))
  expect(await times('who=bob')).toEqual([2, 4])
  expect(await times('since=3')).toEqual([3, 4])
  expect(await times('limit=2')).toEqual([3, 4])
  expect((await here.request('GET', '/v1/log?limit=0')).status).toBe(400)
  await forgetAudit(here.database.kysely, 2, 2)
  expect((await listAudit(here.database.kysely, { limit: 9 })).map(({ at }) => at)).toEqual([3, 4])
})

test.each([
  ['POST', '/v1/vms', 'vm create'],
  ['POST', '/v1/vms/:vm/attach-pci', 'vm attach-pci'],
  ['DELETE', '/v1/hosts/:host', 'host delete'],
  ['POST', '/v1/hosts/:host/devices/:address/drain', 'host devices drain'],
  ['POST', '/v1/hosts/:host/join-tokens', 'host join-tokens'],
  ['PUT', '/v1/quotas/:user/:selector', 'quota set'],
  ['POST', '/v1/schedule', 'schedule'],
  ['POST', '/v1/join', 'join'],
  ['PUT', '/v1/agents/:host/report', 'agent report set'],
  ['GET', '/v1/vms', 'vm read'],
])('%s %s is called %s', (method, pattern, action) => {
  expect(actionOf(method, pattern)).toBe(action)
})

test('nonsense from strangers does not push what people did out of the log, nor do questions of viewers', async () => {
  const here = await world()
  const { ask, app } = await behind(here)
  const viewer = await tokenOf(here, 'eve', 'viewer')
  for (let n = 0; n < 40; n++) expect((await ask(null, 'POST', '/v1/join', { no: n })).status).toBe(400)
  for (let n = 0; n < 40; n++) await ask(viewer, 'POST', '/v1/templates/check', { text: GPU })
  await app.close()
  const entries = await log(here)
  expect(entries.filter(({ action }) => action === 'join')).toHaveLength(6)
  expect(entries.filter(({ who }) => who === 'eve')).toEqual([])
})
