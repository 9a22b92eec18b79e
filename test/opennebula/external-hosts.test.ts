/** The hosts of OpenNebula 6.x: asked for over its API, and kept for a while. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { hostCache } from '../../src/opennebula/external/host-cache.ts'
import { fetchHosts, readHostPool } from '../../src/opennebula/external/host-pool.ts'
import type { Host } from '../../src/opennebula/xml/host.ts'
import { hasShared, readShared } from '../support/shared-data.ts'

const SHOWN = 'opennebula/onehost_show_0.xml'

test.skipIf(!hasShared(SHOWN))('a host as a running core tells it is read, devices, nodes and VMs', () => {
  const [told] = readHostPool(`<HOST_POOL>${readShared(SHOWN)}</HOST_POOL>`)
  expect(told).toMatchObject({ id: 0, state: 2, cluster: 0, cpu: 800, memory: 16777216, vmsPerThread: 1 })
  expect(told?.pci[0]).toMatchObject({
    shortAddress: '3b:00.0',
    vendor: 0x10de,
    device: 0x1db4,
    class: 0x302,
    free: true,
  })
  expect(told?.nodes.map(({ cores }) => cores.length)).toEqual([8, 8])
  expect(told?.attributes.get('HYPERVISOR')).toBe('dummy')
})

/** What becomes of a call where something else answers. */
async function calling(answer: RequestListener): Promise<unknown> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await fetchHosts(`http://127.0.0.1:${port}/RPC2`, 'berth:secret', { seconds: 0.5, bytes: 2 ** 20 })
  } catch (error) {
    return error
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('an API that is none', () => {
  test.each<[string, RequestListener, string]>([
    ['hangs', () => undefined, 'it did not answer within 0.5 s'],
    [
      'hangs within its answer',
      (_, response) => void response.write('<?xml version="1.0"?><methodResponse>'),
      'it did not answer within 0.5 s',
    ],
    [
      'never ends',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x61)));
        }
        response.on('drain', more)
        more()
      },
      'its answer is larger than 1 MiB',
    ],
    ['says nothing', (_, response) => void response.end(), "is this OpenNebula's RPC2 address?"],
    ['is a web page', (_, response) => void response.end('Welcome'), "is this OpenNebula's RPC2 address?"],
    ['fails', (_, response) => void response.writeHead(500).end(), 'it answered with status 500'],
  ])('%s', async (_, answer, message) => {
    expect(await calling(answer)).toMatchObject({
      code: 'opennebula-api',
      message: expect.stringContaining(message),
    })
  })

  test.each([301, 302, 307, 308])(
    'one that sends elsewhere (%s) is not followed: the session stays here',
    async (status) => {
      const got: string[] = []
      const elsewhere = createServer((request, response) => {
        got.push(request.url ?? '')
        response.end()
      })
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
      const { port } = elsewhere.address() as AddressInfo
      const location = `http://127.0.0.1:${port}/steal`
      expect(
        await calling((_, response) => void response.writeHead(status, { location }).end()),
      ).toMatchObject({
        code: 'opennebula-api',
        message: expect.stringContaining('redirect'),
      })
      elsewhere.close()
      expect(got).toEqual([])
    },
  )
})

describe('hosts are kept for a while', () => {
  const some: readonly Host[] = []

  test('five seconds without asking; asked at once by many, OpenNebula is asked once', async () => {
    let now = 0
    let calls = 0
    const cache = hostCache(
      async () => {
        calls += 1
        return some
      },
      () => now,
      () => undefined,
    )
    await Promise.all([cache.hosts(), cache.hosts()])
    now = 4999
    await cache.hosts()
    expect(calls).toBe(1)
    now = 5000
    await cache.hosts()
    expect(calls).toBe(2)
  })

  test('a minute where OpenNebula does not answer, and it is said', async () => {
    let now = 0
    const said: string[] = []
    let fails = false
    const fetch = async () => {
      if (fails) throw new Error('no answer')
      return some
    }
    const cache = hostCache(
      fetch,
      () => now,
      (line) => said.push(line),
    )
    await cache.hosts()
    fails = true
    now = 60_000
    expect(await cache.hosts()).toBe(some)
    expect(said).toEqual(['no answer; the hosts of before are used'])
    now = 120_001
    await expect(cache.hosts()).rejects.toThrow('no answer')
  })

  test('after a failure old ones are given at once, and OpenNebula is asked meanwhile', async () => {
    let now = 0
    const newer: readonly Host[] = []
    const pending: { resolve(hosts: readonly Host[]): void; reject(error: Error): void }[] = []
    let calls = 0
    const fetch = () => {
      calls += 1
      if (calls === 1) return Promise.resolve(some)
      return new Promise<readonly Host[]>((resolve, reject) => pending.push({ resolve, reject }))
    }
    const turns = () => new Promise<void>((resolve) => setImmediate(resolve))
    const cache = hostCache(
      fetch,
      () => now,
      () => undefined,
    )
    await cache.hosts()
    now = 10_000
    const waited = cache.hosts()
    pending[0]?.reject(new Error('no answer'))
    expect(await waited).toBe(some)
    now = 20_000
    expect(await cache.hosts()).toBe(some)
    expect(await cache.hosts()).toBe(some)
    expect(calls).toBe(3)
    pending[1]?.resolve(newer)
    await turns()
    expect(await cache.hosts()).toBe(newer)
    expect(calls).toBe(3)
  })
})
