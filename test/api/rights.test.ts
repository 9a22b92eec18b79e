/** Every route has a right that somebody thought about, and each role gets through to what it may, and to nothing else. */
import { expect, test } from 'vitest'
import { agentOf, behind, tokenOf } from './door.ts'
import { type World, world } from './world.ts'

/** A new route fails the test below until it stands here. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  public: ['POST /v1/join'],
  viewer: [
    'GET /v1/devices',
    'GET /v1/devices/map',
    'GET /v1/devices/types',
    'GET /v1/hosts',
    'GET /v1/hosts/:host',
    'GET /v1/hosts/:host/devices/:address',
    'GET /v1/hosts/:host/devices/:address/history',
    'GET /v1/hosts/:host/groups',
    'GET /v1/hosts/:host/sriov',
    'GET /v1/me',
    'GET /v1/quotas',
    'GET /v1/templates',
    'GET /v1/templates/:template',
    'GET /v1/templates/:template/check',
    'GET /v1/templates/:template/fit',
    'GET /v1/tokens',
    'GET /v1/vms',
    'GET /v1/vms/:vm',
    'GET /v1/vms/:vm/explain',
    'GET /v1/vms/:vm/wait',
    'GET /v1/events',
    'GET /v1/openapi.json',
    'POST /v1/templates/check',
    'POST /v1/templates/fit',
  ],
  user: [
    'POST /v1/templates/:template/instantiate',
    'POST /v1/vms',
    'POST /v1/vms/:vm/attach-pci',
    'POST /v1/vms/:vm/attach-usb',
    'POST /v1/vms/:vm/detach-pci',
    'POST /v1/vms/:vm/detach-usb',
    'POST /v1/vms/:vm/hold',
    'POST /v1/vms/:vm/release',
    'POST /v1/vms/:vm/start',
    'POST /v1/vms/:vm/stop',
    'POST /v1/vms/:vm/terminate',
  ],
  operator: [
    'DELETE /v1/hosts/:host',
    'GET /v1/hosts/:host/fence',
    'GET /v1/hosts/:host/prepare/:errand',
    'PATCH /v1/hosts/:host',
    'DELETE /v1/templates/:template',
    'POST /v1/drift',
    'POST /v1/hosts',
    'POST /v1/hosts/:host/devices/:address/allow',
    'POST /v1/hosts/:host/devices/:address/bind',
    'POST /v1/hosts/:host/devices/:address/clear',
    'POST /v1/hosts/:host/devices/:address/drain',
    'POST /v1/hosts/:host/devices/:address/quarantine',
    'POST /v1/hosts/:host/devices/:address/reserve',
    'POST /v1/hosts/:host/devices/:address/sriov',
    'POST /v1/hosts/:host/devices/:address/unbind',
    'POST /v1/hosts/:host/devices/:address/undrain',
    'POST /v1/hosts/:host/disable',
    'POST /v1/hosts/:host/enable',
    'POST /v1/hosts/:host/fence',
    'POST /v1/hosts/:host/join-tokens',
    'POST /v1/hosts/:host/prepare',
    'POST /v1/hosts/:host/revoke',
    'POST /v1/schedule',
    'POST /v1/templates',
    'POST /v1/vms/:vm/deploy',
    'PUT /v1/templates/:template',
  ],
  admin: [
    'DELETE /v1/quotas/:user/:selector',
    'DELETE /v1/tokens/:token',
    'GET /v1/log',
    'POST /v1/tokens',
    'PUT /v1/quotas/:user/:selector',
  ],
  /** Of its own host: test/api/agents.test.ts, test/api/join.test.ts. */
  agent: [
    'POST /v1/agents/:host/hello',
    'POST /v1/agents/:host/messages',
    'POST /v1/agents/:host/poll',
    'PUT /v1/agents/:host/report',
  ],
}

/** The controller's end of them, which nobody gets to here. */
const reached = async (): Promise<never> => {
  throw new Error('an agent was heard')
}
const agents = { hello: reached, report: reached, messages: reached, poll: reached, close: async () => {} }

async function withAgents(): Promise<World> {
  const here = await world()
  return { ...here, deps: { ...here.deps, agents } }
}

const ROUTES = Object.entries(RIGHTS).flatMap(([right, routes]) => routes.map((route) => [route, right]))

test('every route is in the table, with its right', async () => {
  const { app } = await behind(await withAgents())
  const registered = [...app.rights].filter(([route]) => !route.startsWith('HEAD '))
  expect(Object.fromEntries(registered)).toEqual(Object.fromEntries(ROUTES))
})

test('a HEAD asks what its GET asks', async () => {
  const { app } = await behind(await withAgents())
  for (const [route, right] of app.rights)
    if (route.startsWith('HEAD ')) expect(app.rights.get(route.replace('HEAD', 'GET'))).toBe(right)
})

const ROLES = ['viewer', 'user', 'operator', 'admin'] as const
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const isMethod = (text: string | undefined): text is (typeof METHODS)[number] =>
  METHODS.some((method) => method === text)
const rank = (right: string): number => Object.keys(RIGHTS).indexOf(right)

test('each role gets through to its routes and is refused at the others; nobody gets through without a token', async () => {
  const here = await withAgents()
  const { ask } = await behind(here)
  const tokens = new Map<string, string>()
  for (const role of ROLES) tokens.set(role, await tokenOf(here, role, role))
  tokens.set('agent', await agentOf(here, 'kvm-a'))
  const wrong: string[] = []
  // The stream does not end for those who may listen: test/api/events.test.ts.
  for (const [route = '', right = ''] of ROUTES.filter(([one]) => one !== 'GET /v1/events')) {
    const [method, pattern = ''] = route.split(' ')
    if (!isMethod(method)) throw new Error(route)
    const url = pattern.replace(':address', '3b:00.0').replaceAll(/:\w+/g, 'nobody')
    const status = async (token: string | null) => (await ask(token, method, url)).status
    const anonymous = await status(null)
    if (right === 'public' ? anonymous === 401 : anonymous !== 401)
      wrong.push(`nobody: ${route} ${anonymous}`)
    for (const [role, token] of tokens) {
      const may = right === 'public' || (role !== 'agent' && rank(role) >= rank(right))
      const got = await status(token)
      if ((got !== 403) !== may || got === 401 || got === 429) wrong.push(`${role}: ${route} ${got}`)
    }
  }
  expect(wrong).toEqual([])
})

test('of a route that does not exist only those learn who are known', async () => {
  const here = await world()
  const { ask } = await behind(here)
  expect(await ask(null, 'GET', '/v1/nothing')).toMatchObject({ status: 401 })
  const viewer = await tokenOf(here, 'v', 'viewer')
  expect(await ask(viewer, 'GET', '/v1/nothing')).toMatchObject({
    status: 404,
    body: { code: 'unknown-route' },
  })
})
