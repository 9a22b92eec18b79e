/** The OpenAPI document: every route stands in it, it is OpenAPI 3.1, and what the API answers is what it says. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { OPERATIONS } from '../../src/api/openapi/document.ts'
import { createServed } from '../../src/api/served.ts'
import { openApi } from '../../src/openapi.ts'
import { reported } from '../support/reports.ts'
import { type Answer, agentWorld, type ScriptedAgent } from '../support/scripted-agent.ts'
import { type World, worldWith } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: what it is, is what the tests check
type Any = any

let document: Any
beforeAll(async () => {
  document = await openApi()
})

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const operations = (): readonly (readonly [name: string, operation: Any])[] =>
  Object.entries<Any>(document.paths).flatMap(([path, item]) =>
    Object.entries<Any>(item).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )

/** Schemas that refer to the document's components. */
function compiler(): { validate(schema: object, value: unknown): readonly unknown[] } {
  const ajv = new Ajv2020({
    strict: false,
    formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
  })
  ajv.addSchema({ $id: 'openapi', components: document.components })
  const full = (schema: unknown): Any =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'))
  return {
    validate: (schema, value) => {
      const check = ajv.compile(full(schema))
      check(value)
      return check.errors ?? []
    },
  }
}

test('it is an OpenAPI 3.1 document: version, info, paths, operations, references that lead somewhere', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/)
  expect(document.info).toMatchObject({ title: 'Berth', version: expect.any(String) })
  const ids = new Set<string>()
  for (const [name, operation] of operations()) {
    const [method = '', path = ''] = name.split(' ')
    expect(METHODS).toContain(method)
    expect(path).toMatch(/^\/[^:?#]*$/)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const parameters: readonly Any[] = operation.parameters ?? []
    expect([name, parameters.filter((one) => one.in === 'path').map((one) => one.name)]).toEqual([
      name,
      inPath,
    ])
    for (const one of parameters) {
      expect(['path', 'query', 'header']).toContain(one.in)
      expect(one.schema).toBeTypeOf('object')
      if (one.in === 'path') expect(one.required).toBe(true)
    }
    expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length)
    expect(ids).not.toContain(operation.operationId)
    ids.add(operation.operationId)
    for (const [scheme] of operation.security.flatMap(Object.entries))
      expect(document.components.securitySchemes).toHaveProperty(scheme)
    for (const [status, response] of Object.entries<Any>(operation.responses)) {
      expect(status).toMatch(/^([1-5]\d\d|default)$/)
      expect(response.description).toMatch(/\S/)
    }
  }
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components.schemas).toHaveProperty(name ?? '')
  expect(JSON.stringify(document)).not.toContain('"$id"')
})

test('each schema in it is a JSON Schema (2020-12)', () => {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } })
  for (const [name, schema] of Object.entries<Any>(document.components.schemas))
    expect([name, ajv.validateSchema(schema)]).toEqual([name, true])
  for (const [name, { requestBody, parameters = [] }] of operations())
    for (const schema of [
      requestBody?.content['application/json'].schema ?? {},
      ...parameters.map((one: Any) => one.schema),
    ])
      expect([name, ajv.validateSchema(schema)]).toEqual([name, true])
})

test('every route stands in it, with words, its right, and an answer in a schema', async () => {
  for (const [name, operation] of operations()) {
    const [method = '', path = ''] = name.split(' ')
    const known = OPERATIONS[`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`]
    expect([name, operation.summary]).toEqual([name, known?.summary])
    expect(['viewer', 'user', 'operator', 'admin', 'agent', 'public']).toContain(operation['x-berth-right'])
    const good = Object.entries<Any>(operation.responses).filter(([status]) => /^2/.test(status))
    expect([name, good.length > 0]).toEqual([name, true])
    for (const [status, { content }] of good)
      if (status !== '204')
        expect([name, Object.values<Any>(content)[0].schema]).toEqual([name, expect.any(Object)])
    const { content } = operation.responses.default
    expect(content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } },
    })
  }
})

test('nothing is described that does not exist', () => {
  const names = operations().map(([name]) => name)
  for (const name of Object.keys(OPERATIONS)) {
    const [method = '', url = ''] = name.split(' ')
    expect(names).toContain(`${method.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`)
  }
})

const PCI = 'CPU = 1\nMEMORY = 128\nPCI = [ VENDOR = "10de" ]'
const DEVICE = '/v1/hosts/kvm-a/devices/0000:3b:00.0'
const OTHER = '/v1/hosts/kvm-a/devices/0000:5e:00.0'
const PF = '/v1/hosts/kvm-a/devices/0000:d8:00.0'

/** One after the other; what each is to answer with. */
const REQUESTS: readonly (readonly [
  status: number,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: object,
])[] = [
  [200, 'GET', '/healthz'],
  [503, 'GET', '/readyz'],
  [200, 'GET', '/metrics'],
  [200, 'GET', '/v1/openapi.json'],
  [201, 'POST', '/v1/hosts', { name: 'b', driver: 'simulator', machine: 'gpu-server' }],
  [409, 'POST', '/v1/hosts', { name: 'b', driver: 'simulator', machine: 'gpu-server' }],
  [400, 'POST', '/v1/hosts', { name: 'b' }],
  [200, 'GET', '/v1/hosts'],
  [200, 'GET', '/v1/hosts?limit=1'],
  [200, 'GET', '/v1/hosts/kvm-a'],
  [404, 'GET', '/v1/hosts/nobody'],
  [200, 'GET', '/v1/hosts/kvm-a/groups'],
  [200, 'GET', '/v1/hosts/kvm-a/sriov'],
  [200, 'POST', `${PF}/sriov`, { numVfs: 2 }],
  [200, 'PATCH', '/v1/hosts/b', { attributes: { rack: 'r1' } }],
  [400, 'PATCH', '/v1/hosts/b', { attributes: 3 }],
  [200, 'POST', '/v1/hosts/b/disable'],
  [200, 'POST', '/v1/hosts/b/enable'],
  [200, 'POST', '/v1/drift', {}],
  [200, 'GET', '/v1/devices'],
  [200, 'GET', '/v1/devices?limit=1&state=free'],
  [200, 'GET', '/v1/devices/types'],
  [200, 'GET', '/v1/devices/map?limit=1'],
  [200, 'GET', '/v1/me'],
  [200, 'POST', `${OTHER}/bind`],
  [200, 'POST', `${OTHER}/unbind`],
  [200, 'POST', `${OTHER}/reserve`, { reserve: true }],
  [200, 'POST', `${OTHER}/reserve`, { reserve: false }],
  [200, 'POST', `${OTHER}/drain`, { reason: 'a test' }],
  [200, 'POST', `${OTHER}/undrain`],
  [200, 'POST', `${OTHER}/quarantine`, { reason: 'a test' }],
  [200, 'POST', `${OTHER}/clear`],
  [200, 'POST', `${OTHER}/allow`, { allow: true }],
  [200, 'GET', `${OTHER}/history`],
  [201, 'POST', '/v1/templates', { text: PCI, name: 't' }],
  [200, 'GET', '/v1/templates'],
  [200, 'PUT', '/v1/templates/t', { text: PCI, was: PCI }],
  [200, 'GET', '/v1/templates/t'],
  [200, 'GET', '/v1/templates/t/check'],
  [200, 'POST', '/v1/templates/check', { text: PCI }],
  [200, 'GET', '/v1/templates/t/fit?limit=3&afterWaiting=true'],
  [200, 'POST', '/v1/templates/fit', { text: PCI, limit: 2 }],
  [201, 'POST', '/v1/templates/t/instantiate', { name: 'i%i', count: 2, hold: true }],
  [204, 'DELETE', '/v1/templates/t'],
  [201, 'POST', '/v1/vms', { template: PCI, name: 'v' }],
  [200, 'GET', '/v1/vms/v/explain'],
  [200, 'POST', '/v1/vms/v/hold'],
  [409, 'GET', '/v1/vms/v/wait?for=running'],
  [200, 'GET', '/v1/vms/v/wait?for=hold'],
  [200, 'POST', '/v1/vms/v/release'],
  [200, 'POST', '/v1/schedule'],
  [200, 'GET', '/v1/vms'],
  [200, 'GET', '/v1/vms/v'],
  [200, 'GET', DEVICE],
  [200, 'POST', '/v1/vms/v/attach-pci', { vendor: '10de' }],
  [200, 'POST', '/v1/vms/v/detach-pci', { address: '0000:5e:00.0' }],
  [200, 'POST', '/v1/vms/i0/attach-usb', { port: '1-1' }],
  [200, 'POST', '/v1/vms/i0/detach-usb', { port: '1-1' }],
  [200, 'POST', '/v1/vms/v/stop', { hard: true }],
  [200, 'POST', '/v1/vms/v/start'],
  [200, 'POST', '/v1/vms/v/deploy', { host: 'kvm-a' }],
  [200, 'POST', '/v1/vms/v/terminate', { hard: true }],
  [201, 'POST', '/v1/tokens', { name: 'ada', role: 'user', expiresSeconds: 3600 }],
  [409, 'POST', '/v1/tokens', { name: 'ada', role: 'user', expiresSeconds: null }],
  [200, 'GET', '/v1/tokens'],
  [200, 'PUT', '/v1/quotas/ada/10de:', { most: 2 }],
  [200, 'GET', '/v1/quotas'],
  [204, 'DELETE', '/v1/quotas/ada/10de:'],
  [204, 'DELETE', '/v1/tokens/ada'],
  [200, 'GET', '/v1/log'],
  [204, 'DELETE', '/v1/hosts/b'],
]

/** Of `a`, a host with an agent: what a cluster's operators ask, in turn with what the agent says. */
const OF_AGENTS: readonly (readonly [
  status: number,
  name: string,
  ask: (operator: Asks, agent: ScriptedAgent) => Promise<Answer>,
])[] = [
  [200, 'post /v1/agents/{host}/hello', (_, agent) => agent.hello()],
  [204, 'put /v1/agents/{host}/report', (_, agent) => agent.send()],
  [409, 'put /v1/agents/{host}/report', (_, agent) => agent.send({ number: 1 })],
  [200, 'post /v1/agents/{host}/poll', async (_, agent) => ({ status: 200, body: await agent.poll() })],
  [202, 'post /v1/hosts/{host}/prepare', (ask) => ask('POST', '/v1/hosts/a/prepare', { args: [] })],
  [200, 'get /v1/hosts/{host}/prepare/{errand}', (ask) => ask('GET', '/v1/hosts/a/prepare/1')],
  [201, 'post /v1/vms', (ask) => ask('POST', '/v1/vms', { template: PCI, name: 'v' })],
  [200, 'post /v1/schedule', (ask) => ask('POST', '/v1/schedule')],
  [
    200,
    'post /v1/agents/{host}/poll',
    async (_, agent) => {
      const body = await agent.poll()
      expect([body.orders.length, body.errands.length]).toEqual([1, 1])
      return { status: 200, body }
    },
  ],
  [
    200,
    'post /v1/agents/{host}/messages',
    (_, agent) =>
      agent.tell({ kind: 'errand', errand: 1, ok: true, answer: { status: 0, stdout: 'done', stderr: '' } }),
  ],
  [200, 'get /v1/hosts/{host}/prepare/{errand}', (ask) => ask('GET', '/v1/hosts/a/prepare/1')],
  [200, 'get /v1/hosts/{host}/fence', (ask) => ask('GET', '/v1/hosts/a/fence')],
  [409, 'post /v1/hosts/{host}/fence', (ask) => ask('POST', '/v1/hosts/a/fence')],
  [200, 'post /v1/hosts/{host}/fence', (ask) => ask('POST', '/v1/hosts/silent/fence')],
  [201, 'post /v1/hosts/{host}/join-tokens', (ask) => ask('POST', '/v1/hosts/a/join-tokens')],
  [401, 'post /v1/join', (ask) => ask('POST', '/v1/join', { ...JOIN, token: 'berth_j_none' })],
  [
    200,
    'post /v1/join',
    async (ask) => {
      const { body } = await ask('POST', '/v1/hosts/a/join-tokens')
      return ask('POST', '/v1/join', { ...JOIN, token: body.token })
    },
  ],
  [204, 'post /v1/hosts/{host}/revoke', (ask) => ask('POST', '/v1/hosts/a/revoke')],
]

const JOIN = { version: '0.1.0', driver: 'libvirt', uri: 'qemu:///system' }
type Asks = (method: 'GET' | 'POST', url: string, body?: object) => Promise<Answer>

/** Cannot be had from `inject`: it does not end. */
const NOT_ASKED = ['get /v1/events']

async function listening(here: World) {
  const { database, now } = here.deps
  const stopping = new AbortController().signal
  const served = await createServed({ database, now, stopping, cycleLimitMs: 1000, silentAfterMs: 60_000 })
  const app = await buildApi({ ...here.deps, served })
  onTestFinished(() => app.close())
  return app
}

/** `/v1/hosts/kvm-a?x` -> `/v1/hosts/{host}`; of two that fit, the one with fewer parameters. */
function pathOf(url: string): string {
  const bare = url.replace(/\?.*/, '')
  const fitting = Object.keys(document.paths).filter((path) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  )
  return fitting.sort((a, b) => a.split('{').length - b.split('{').length)[0] ?? bare
}

/** Against what the document says of `name`. */
function checkAnswer(schemas: ReturnType<typeof compiler>, name: string, answer: Answer, status: number) {
  const { status: got, body } = answer
  expect([name, got, got === status ? '' : body]).toEqual([name, status, ''])
  const [method = '', path = ''] = name.split(' ')
  const { responses } = document.paths[path][method]
  const response = responses[status] ?? responses.default
  if (status === 204) return null
  const [[type, { schema }]] = Object.entries<Any>(response.content) as [[string, Any]]
  expect([name, schemas.validate(schema, body)]).toEqual([name, []])
  return type
}

test('what is answered is what it says', async () => {
  const devices = [
    reported('0000:3b:00.0', { iommuGroup: 1 }),
    reported('0000:5e:00.0', { iommuGroup: 2, driver: 'nvidia' }),
    reported('0000:d8:00.0', { iommuGroup: 3, kind: 'pf', totalVfs: 8, vendorId: '8086' as never }),
  ]
  const app = await listening(await worldWith({ 'kvm-a': devices }))
  const schemas = compiler()
  for (const [status, method, url, payload] of REQUESTS) {
    const {
      statusCode,
      headers,
      payload: text,
    } = await app.inject({ method, url, ...(payload && { payload }) })
    const name = `${method.toLowerCase()} ${pathOf(url)}`
    const type = `${headers['content-type'] ?? ''}`
    const body = type.includes('json') ? JSON.parse(text) : text
    const said = checkAnswer(schemas, name, { status: statusCode, body }, status)
    if (said !== null) expect([name, type]).toEqual([name, expect.stringContaining(said)])
  }
})

test('what agents, and those who ask for something of them, are answered is what it says', async () => {
  const world = await agentWorld(':memory:')
  const agent = await world.host('a', [reported('0000:3b:00.0', { iommuGroup: 1 })])
  await world.host('silent')
  const schemas = compiler()
  for (const [status, name, ask] of OF_AGENTS) {
    checkAnswer(schemas, name, await ask(world.ask, agent), status)
  }
})

test('each of them was asked', () => {
  const asked = new Set([
    ...REQUESTS.map(([, method, url]) => `${method.toLowerCase()} ${pathOf(url)}`),
    ...OF_AGENTS.map(([, name]) => name),
  ])
  const all = operations().map(([name]) => name)
  expect(all.filter((name) => !asked.has(name) && !NOT_ASKED.includes(name))).toEqual([])
})
