/** `berth demo --serve` as it is shipped: the demo, its page and API on this machine, until a signal; and again on what is there. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { berth, berthInBackground } from './shipped.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'berth-demo-e2e-'))
const directory = join(folder, 'demo')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Served, up to what it prints for the person: where, and the secret. */
async function served() {
  const words = ['--serve', '--directory', directory, '--listen', '127.0.0.1:0']
  const program = berthInBackground(folder, 'demo', ...words)
  onTestFinished(async () => {
    program.signal('SIGKILL')
    await program.ended
  })
  const ended = program.ended.then(({ stderr }) => {
    throw new Error(stderr)
  })
  const line = /^ {2}(http:\/\/127\.0\.0\.1:\d+)\/#token=(\S+) +opens signed in\n {2}token: (\S+)$/m
  const ready = vi.waitUntil(() => line.exec(program.printed()), { timeout: 90_000, interval: 50 })
  const [, url = '', secret = '', alone] = await Promise.race([ready, ended])
  expect(alone).toBe(secret)
  const get = async (path: string, token = secret) => {
    const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    return { status: answer.status, body: await answer.json() }
  }
  return { program, url, secret, get }
}

describe.sequential('demo --serve', () => {
  let first = ''

  test('goes on as a controller with the page, and the URL opens it signed in; SIGTERM ends it', async () => {
    const { program, url, secret, get } = await served()
    first = secret
    expect(statSync(directory).mode & 0o077).toBe(0)
    expect((await get('/v1/me')).body).toMatchObject({ name: 'demo', role: 'admin' })
    expect((await get('/v1/hosts')).body).toHaveLength(5)
    expect((await get('/v1/hosts', 'no')).status).toBe(401)
    const page = await fetch(url)
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ])
    // Something of everything.
    for (const state of ['drained', 'quarantined', 'attached', 'free'])
      expect((await get(`/v1/devices?state=${state}`)).body, state).not.toEqual([])
    for (const state of ['RUNNING', 'PENDING', 'POWEROFF'])
      expect((await get(`/v1/vms?state=${state}`)).body, state).not.toEqual([])
    expect(program.printed()).toContain('$ berth schedule --once')
    expect(program.printed().split(secret)).toHaveLength(3)
    program.signal('SIGTERM')
    expect(await program.ended).toMatchObject({ status: 0 })
    expect(program.said()).toContain('SIGTERM: stopping after this cycle')
  })

  test('again, it goes on with what is there and with a new token alone; SIGINT ends it', async () => {
    const { program, get } = await served()
    expect(program.printed()).toMatch(/^Berth demo\. Going on with what is in .*berth\.db/)
    expect(program.printed()).not.toContain('host add')
    expect((await get('/v1/hosts')).body).toHaveLength(5)
    expect((await get('/v1/me', first)).status).toBe(401)
    expect((await get('/v1/tokens')).body).toMatchObject([{ name: 'demo' }])
    program.signal('SIGINT')
    expect(await program.ended).toMatchObject({ status: 0 })
    expect(await berth(folder, '--db', join(directory, 'berth.db'), 'db', 'check')).toMatchObject({
      status: 0,
    })
  })
})

test('a port that is taken is told before anything is made', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void other.close())
  const place = join(folder, 'taken')
  const demo = await berth(folder, 'demo', '--serve', '--directory', place, '--listen', `127.0.0.1:${port}`)
  expect(demo).toMatchObject({ status: 1, stdout: '' })
  expect(demo.stderr).toMatch(/berth: 127\.0\.0\.1 port \d+: .*address already in use/)
  expect(existsSync(place)).toBe(false)
})

test.each(['0.0.0.0:0', 'none', '[::]:2634', 'localhost'])('it is not served on %s', async (listen) => {
  const demo = await berth(folder, 'demo', '--serve', '--listen', listen)
  expect(demo).toMatchObject({ status: 1, stdout: '' })
  expect(demo.stderr).toMatch(/^berth: .*listen|^berth: .*served on this machine only/)
})
