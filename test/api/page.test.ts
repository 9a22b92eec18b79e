/** The page's files: for anybody, under a strict policy, and nothing else of the machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { createDoor } from '../../src/api/door/door.ts'
import { world } from './world.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-page-files-'))
  mkdirSync(join(folder, 'web/assets'), { recursive: true })
  writeFileSync(join(folder, 'web/index.html'), '<!doctype html><div id="root"></div>')
  writeFileSync(join(folder, 'web/favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, 'web/assets/app-1234.js'), 'plain()')
  writeFileSync(join(folder, 'web/assets/app-1234.js.br'), brotliCompressSync('packed()'))
  writeFileSync(join(folder, 'secret.txt'), 'not for the page')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function served(page = join(folder, 'web')): Promise<FastifyInstance> {
  const { deps } = await world()
  const { identify, refused } = createDoor(deps)
  const app = await buildApi({ ...deps, identify, refused, page })
  onTestFinished(() => app.close())
  return app
}

test.each(['/', '/hosts', '/hosts/gpu-1/pci', '/vms/5', '/templates/gpu', '/plan'])(
  'anybody is given the document at %s, which may run and load nothing from elsewhere, and stands in no frame',
  async (url) => {
    const { statusCode, headers, payload } = await (await served()).inject({ url })
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      ...[200, 'text/html; charset=utf-8', 'no-cache'],
    ])
    expect(payload).toContain('id="root"')
    const policy = String(headers['content-security-policy']).split('; ')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy.join()).not.toMatch(/unsafe|https?:|data:|\*/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  },
)

test('its files are kept by browsers for good, and sent compressed to those that read that', async () => {
  const app = await served()
  const plain = await app.inject({ url: '/assets/app-1234.js' })
  expect([plain.payload, plain.headers['cache-control']]).toEqual([
    ...['plain()', 'public, max-age=31536000, immutable'],
  ])
  const packed = await app.inject({ url: '/assets/app-1234.js', headers: { 'accept-encoding': 'gzip, br' } })
  expect(packed.headers['content-encoding']).toBe('br')
  expect(packed.rawPayload).toEqual(brotliCompressSync('packed()'))
})

test.each([
  ...['/assets/../../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt'],
  ...['/assets/.hidden', '/assets/gone.js', '/assets/', '/assets/%00'],
])('%s is no file of the page', async (url) => {
  const { statusCode, payload } = await (await served()).inject({ url })
  expect([400, 401, 404]).toContain(statusCode)
  expect(payload).not.toContain('not for the page')
})

test('that a file is missing is not kept by browsers: a newer build may have it', async () => {
  const { statusCode, headers } = await (await served()).inject({ url: '/assets/app-5678.js' })
  expect([statusCode, headers['cache-control']]).toEqual([404, undefined])
})

test('whoever asks for a part of a file gets all of it, be it a part that there is or not', async () => {
  const app = await served()
  for (const range of ['bytes=0-2', 'bytes=999-']) {
    const { statusCode, payload } = await app.inject({ url: '/assets/app-1234.js', headers: { range } })
    expect([statusCode, payload]).toEqual([200, 'plain()'])
  }
})

test.each(['/v1/hosts', '/v1/nothing', '/nothing', '/metrics'])(
  'the page is nobody’s way around the door: %s wants a token as before',
  async (url) => {
    expect((await (await served()).inject({ url })).statusCode).toBe(401)
  },
)

test('it is no part of the API', async () => {
  const { deps } = await world()
  const app = await buildApi({ ...deps, page: join(folder, 'web') })
  onTestFinished(() => app.close())
  const { paths } = (await app.inject({ url: '/v1/openapi.json' })).json()
  expect(Object.keys(paths).filter((path) => !/^\/(?:v1\/|healthz|readyz|metrics)/.test(path))).toEqual([])
})

test('none is served where none was built', async () => {
  const { statusCode } = await (await served(join(folder, 'nowhere'))).inject({ url: '/' })
  expect(statusCode).toBe(401)
})
