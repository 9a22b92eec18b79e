/** `berth agent` as it is put together: joining over TLS with a pinned certificate, running until a signal, and its status. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, onTestFinished, test } from 'vitest'
import { agentPort } from '../../src/agent-program.ts'
import type { AgentJoinOptions } from '../../src/cli/ports.ts'
import { readConfig } from '../../src/config.ts'
import { AGENT_STATUS_SCHEMA } from '../../src/model/schemas/agent-status.ts'
import { FINGERPRINT } from '../client/certificate.ts'
import { type StubController, stubController } from './controller.ts'
import { until } from './world.ts'

interface Joining {
  readonly controller: StubController
  readonly port: ReturnType<typeof agentPort>
  readonly state: string
  readonly options: AgentJoinOptions
  readonly log: string[]
}

async function joining(tls = true): Promise<Joining> {
  const controller = await stubController({ tls })
  const state = join(mkdtempSync(join(tmpdir(), 'berth-join-')), 'state')
  onTestFinished(async () => {
    await controller.stop()
    rmSync(state, { recursive: true, force: true })
  })
  const log: string[] = []
  const config = () => readConfig({ BERTH_AGENT_STATE: state }, null)
  const port = agentPort(config, '0.1.0', (text) => log.push(text.trimEnd()))
  const options: AgentJoinOptions = {
    ...{ server: controller.url, token: `berth_j_once.${FINGERPRINT}`, state: null },
    ...{ uri: null, simulator: 'sim-nic', fingerprint: null, force: false },
  }
  return { controller, port, state, options, log }
}

test('a token becomes a credential that this user alone can read; the token is sent without its pin', async () => {
  const { controller, port, state, options } = await joining()
  const status = await port.join(options)
  const uri = join(state, 'sim-nic')
  expect(controller.requests).toMatchObject([
    {
      path: 'join',
      authorization: null,
      body: { token: 'berth_j_once', driver: 'simulator', uri, version: '0.1.0' },
    },
  ])
  const file = join(state, 'agent.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    ...{ server: controller.url, fingerprint: FINGERPRINT, host: { id: 1, name: 'kvm-a' } },
    ...{ credential: 'berth_a_secret', cluster: 'db-1', driver: 'simulator', uri },
  })
  expect(status).toMatchObject({ host: { id: 1, name: 'kvm-a' }, running: false })
  expect(JSON.stringify(status)).not.toContain('secret')
  const validate = new Ajv({ strict: false }).compile(AGENT_STATUS_SCHEMA)
  expect([validate(status), validate.errors]).toEqual([true, null])
})

test('a joined state is not overwritten unless that is asked for', async () => {
  const { controller, port, options } = await joining()
  await port.join(options)
  await expect(port.join(options)).rejects.toMatchObject({ code: 'agent-joined' })
  controller.credential = 'berth_a_other'
  await port.join({ ...options, force: true })
  expect(controller.requests).toHaveLength(2)
})

test('a token that is refused leaves nothing behind, and says how to get another', async () => {
  const { controller, port, state, options } = await joining()
  controller.mishap = () => ({ status: 403, code: 'token-used' })
  await expect(port.join(options)).rejects.toMatchObject({
    code: 'join-refused',
    message: expect.stringContaining('berth token join HOST'),
  })
  await expect(port.status({ state: null })).rejects.toMatchObject({
    code: 'agent-not-joined',
  })
  expect(() => statSync(join(state, 'sim-nic'))).toThrow()
})

test.each<[string, Partial<AgentJoinOptions>, string]>([
  ['a controller that shows another certificate', { fingerprint: 'ab'.repeat(32) }, 'server-impostor'],
  ['a fingerprint that is none', { token: 'berth_j_once.xyz' }, 'fingerprint-invalid'],
  ['no pin for a certificate that nobody signed', { token: 'berth_j_once' }, 'server-unreachable'],
  ['a controller by name over plain HTTP', { server: 'http://controller:2634' }, 'server-insecure'],
  ['a folder without a simulated host', { simulator: '/nowhere' }, 'not-simulated'],
  ["another machine's libvirt", { simulator: null, uri: 'qemu+ssh://other/system' }, 'remote-uri'],
])('%s: the token is not sent', async (_, change, code) => {
  const { controller, port, options } = await joining()
  await expect(port.join({ ...options, ...change })).rejects.toMatchObject({ code })
  expect(controller.requests).toEqual([])
})

test('it runs until a signal comes, says that it is simulated, and its status tells of it meanwhile', async () => {
  const { controller, port, options, log } = await joining()
  await port.join(options)
  const running = port.run({ state: null, logFormat: null })
  await until(() => expect(controller.reports).not.toEqual([]))
  expect(await port.status({ state: null })).toMatchObject({
    running: true,
    pid: process.pid,
    driver: 'simulator',
  })
  controller.errands.push({ id: 1, kind: 'prepare', body: { args: [] } })
  // What it runs on is nobody's host.
  await until(() =>
    expect(controller.told('errand')).toMatchObject([
      { ok: false, answer: expect.stringContaining('nothing to prepare') },
    ]),
  )
  await until(async () => expect((await port.status({ state: null })).heardAt).not.toBeNull())
  expect(await port.status({ state: null })).toMatchObject({ settings: controller.settings })
  await expect(port.join({ ...options, force: true })).rejects.toMatchObject({ code: 'agent-running' })
  process.emit('SIGTERM')
  expect(await running).toBe(0)
  expect(log[0]).toContain('SIMULATED')
  expect(log).toContain('SIGTERM: stopping after the orders under way')
  expect(await port.status({ state: null })).toMatchObject({ running: false, pid: null })
})

test('superseded, it ends with a status of its own, by which systemd leaves it', async () => {
  const { controller, port, options, log } = await joining()
  await port.join(options)
  const running = port.run({ state: null, logFormat: null })
  await until(() => expect(controller.reports).not.toEqual([]))
  controller.incarnation = 'another'
  expect(await running).toBe(3)
  expect(log.at(-1)).toContain('agent-superseded: another agent speaks for host')
  const unit = readFileSync('templates/systemd/berth-agent.service', 'utf8')
  expect(unit).toContain('\nRestartPreventExitStatus=3\n')
})

test('what has not joined does not run, and says how to join', async () => {
  const { port } = await joining()
  await expect(port.run({ state: null, logFormat: null })).rejects.toMatchObject({
    code: 'agent-not-joined',
    message: expect.stringContaining('berth agent join'),
  })
})
