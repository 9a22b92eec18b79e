/** The External Scheduler of OpenNebula 6.8 to 6.10, the whole of it over real HTTP. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { host, node } from './build.ts'
import { type Asked, raw, request, type Served, serve, serveToEnd } from './run-serve.ts'
import { type XmlRpcDouble, xmlRpcDouble } from './xml-rpc-double.ts'

const A100 = '10de:20b0:0302'
const V100 = '10de:1db4:0302'

/** Sends half a request. */
async function slowClient(
  port: number,
): Promise<{ readonly socket: Socket; readonly closed: Promise<void> }> {
  const socket = connect(port, '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()))
  await new Promise<void>((resolve) => {
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"VMS"', () => resolve())
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  return { socket, closed }
}

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 100 && !holds(); n++) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('over HTTP, with OpenNebula’s API beside it', () => {
  let dir = ''
  let api: XmlRpcDouble
  let served: Served
  const auth = () => join(dir, 'one_auth')

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'berth-external-'))
    writeFileSync(auth(), 'berth:se<cret&\n', { mode: 0o600 })
    writeFileSync(
      join(dir, 'sched.conf'),
      'MESSAGE_SIZE = 1073741824\nMAX_HOST = 0\nDEFAULT_SCHED = [\n  policy = 1\n]\n',
    )
    api = await xmlRpcDouble([])
  })
  afterAll(async () => {
    await api.close()
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    api.trouble = 'none'
    api.calls.length = 0
    served = await serve('--endpoint', api.endpoint, '--auth', auth(), '--conf', join(dir, 'sched.conf'))
    return async () => {
      expect(await served.stop()).toBe(0)
    }
  })

  const post = (body: string) => fetch(`http://127.0.0.1:${served.port}/sched`, { method: 'POST', body })
  const answered = async (...vms: readonly Asked[]) => (await post(request(...vms))).json()

  test('VMs go where first fit serves them all, with the devices that OpenNebula told', async () => {
    api.hosts = [
      host({ id: 0, devices: [`3b:00.0 ${V100}`, `3b:00.1 ${A100}`] }),
      host({ id: 1, devices: [`3b:00.0 ${A100}`] }),
    ]
    const wide = { NPCI: '1', PCI1_VENDOR: '10de' }
    const wrongOrder = { NPCI: '2', PCI1_VENDOR: '10de', PCI2_VENDOR: '10de', PCI2_DEVICE: '1db4' }
    expect(
      await answered(
        { id: 1, hosts: [0, 1], attributes: wrongOrder },
        { id: 2, hosts: [1], attributes: wide },
        { id: 3, hosts: [0, 1], attributes: { ...wide, USER_PRIORITY: '-1' } },
        { id: 4, hosts: [1], attributes: { ...wide, USER_PRIORITY: '-2' } },
        { id: 5, hosts: [] },
      ),
    ).toEqual({
      VMS: [
        { ID: 2, HOST_ID: 1 },
        { ID: 3, HOST_ID: 0 },
      ],
    })
    expect(served.said.join('')).toContain(
      "VM 1: left to OpenNebula's own choice of host: none of 2 hosts can take it",
    )
    expect(served.said.join('')).toContain('written in the order PCI 1, PCI 0 they would fit on host 0')
  })

  test('the session goes out as it stands in the file', async () => {
    api.hosts = [host({ id: 0 })]
    await answered({ id: 1, hosts: [0] })
    expect(api.calls).toHaveLength(1)
    expect(api.calls[0]).toContain('<methodName>one.hostpool.info</methodName>')
    expect(api.calls[0]).toContain('<string>berth:se&lt;cret&amp;</string>')
  })

  test('pinned VMs share no cores', async () => {
    api.hosts = [host({ id: 0, nodes: [node(0, [0, 1])] })]
    const attributes = { PIN_POLICY: 'CORE', NUMA1_TOTAL_CPUS: '1', NUMA1_MEMORY: '1024' }
    const vms = [1, 2, 3].map((id) => ({ id, hosts: [0], attributes }))
    expect(await answered(...vms)).toEqual({
      VMS: [
        { ID: 1, HOST_ID: 0 },
        { ID: 2, HOST_ID: 0 },
      ],
    })
  })

  test('a reason that stays is said once', async () => {
    api.hosts = [host({ id: 0 })]
    const waiting = { id: 1, hosts: [0], cpu: 99 }
    await answered(waiting)
    await answered(waiting)
    expect(served.said.filter((line) => line.includes('VM 1:'))).toHaveLength(1)
  })

  test('head and body come in one piece, below 16 KB, though a thousand VMs are placed', async () => {
    api.hosts = [host({ id: 2000, share: { MAX_CPU: 1_000_000, MAX_MEM: 1_000_000_000 } })]
    const vms = Array.from({ length: 1000 }, (_, n) => ({ id: 100_000 + n, hosts: [2000] }))
    const { first, all } = await raw(served.port, request(...vms))
    expect(first).toBe(all)
    expect(all.length).toBeLessThan(16_384)
    const body = all.slice(all.indexOf('\r\n\r\n') + 4)
    expect(JSON.parse(body).VMS.length).toBeGreaterThan(400)
    expect(served.said.join('')).toMatch(/\d+ placements have no room in the answer: OpenNebula places/)
  })

  test('where not all have room, VMs with PCI blocks are in the answer', async () => {
    const share = { MAX_CPU: 1_000_000, MAX_MEM: 1_000_000_000 }
    api.hosts = [host({ id: 2000, share, devices: [`3b:00.0 ${A100}`] })]
    const plain = Array.from({ length: 1000 }, (_, n) => ({ id: 100_000 + n, hosts: [2000] }))
    const wanting = { id: 200_000, hosts: [2000], attributes: { NPCI: '1', PCI1_VENDOR: '10de' } }
    expect(await answered(...plain, wanting)).toEqual({
      VMS: expect.arrayContaining([{ ID: 200_000, HOST_ID: 2000 }]),
    })
  })

  test.each([
    ['no JSON', 'hello', 400, 'it is no JSON'],
    ['another document', '{"vms":[]}', 400, 'VMS is no list'],
  ])('%s is answered with %s', async (_, body, status, message) => {
    const response = await post(body)
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(message)
  })

  test.each([
    ['refuses', "OpenNebula refuses: [one.hostpool.info] User couldn't be authenticated"],
    ['garbage', 'the document ends within <params>'],
    ['status', 'it answered with status 503'],
  ] as const)('OpenNebula’s API %s: 502, so that OpenNebula places by itself', async (trouble, message) => {
    api.trouble = trouble
    const response = await post(request({ id: 1, hosts: [0] }))
    expect(response.status).toBe(502)
    expect(await response.text()).toContain(message)
  })

  test('a client that breaks off is one line in the log', async () => {
    const { socket } = await slowClient(served.port)
    socket.destroy()
    await until(() => served.said.some((line) => line.includes('broke off')))
    expect(served.said.filter((line) => !line.includes('listening'))).toEqual([
      'berth opennebula serve: a client broke off its request\n',
    ])
  })

  test('a slow client does not keep it from stopping', async () => {
    const { socket, closed } = await slowClient(served.port)
    const began = performance.now()
    expect(await served.stop()).toBe(0)
    await closed
    expect(performance.now() - began).toBeLessThan(4000)
    socket.destroy()
  })

  test('nor does an API that hangs: the call is given up', async () => {
    api.trouble = 'hangs'
    const cut = post(request({ id: 1, hosts: [0] })).catch(() => 'cut off')
    await until(() => api.calls.length > 0)
    expect(await served.stop()).toBe(0)
    expect(await cut).toBe('cut off')
    await until(() => api.hungUp > 0)
    expect(api.hungUp).toBe(1)
  })

  test('anything but POST is refused', async () => {
    expect((await fetch(`http://127.0.0.1:${served.port}/`)).status).toBe(405)
  })
})

describe('what keeps it from starting', () => {
  const session = (mode: number) => {
    const file = join(mkdtempSync(join(tmpdir(), 'berth-auth-')), 'one_auth')
    writeFileSync(file, 'berth:secret\n', { mode })
    chmodSync(file, mode)
    return file
  }
  const at = ['--listen', '127.0.0.1:0']

  test.each<[string, readonly string[], string]>([
    ['no session file', [...at, '--auth', '/nowhere/one_auth'], 'the session file cannot be read'],
    [
      'a session file that others can read',
      [...at, '--auth', session(0o640)],
      'is open to others than its owner (mode 640)',
    ],
    [
      'a configuration that was named and is not there',
      [...at, '--conf', '/nowhere/sched.conf'],
      'there is no file /nowhere',
    ],
    [
      'an address that is not here',
      ['--listen', '192.0.2.1:0', '--auth', session(0o600)],
      '192.0.2.1 port 0: ',
    ],
  ])('%s: told with the command, exit status 1', async (_, argv, message) => {
    const { status, stderr } = await serveToEnd(...argv)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^berth opennebula serve: [^\n]*\n$/)
    expect(stderr).toContain(message)
  })

  test('a session file without a session', async () => {
    const file = session(0o600)
    writeFileSync(file, 'nothing\n')
    expect(await serveToEnd(...at, '--auth', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('does not hold one line of "user:password"'),
    })
  })

  test.each(['nothing', '9880', '127.0.0.1:', '127.0.0.1:99999', 'a:b:c'])(
    '--listen %s is wrong usage',
    async (address) => {
      const { status, stderr } = await serveToEnd('--listen', address)
      expect(status).toBe(2)
      expect(stderr).toContain('expected --listen ADDRESS:PORT')
    },
  )

  test.each(['notaurl', 'localhost:2633', 'ftp://localhost/'])(
    '--endpoint %s is wrong usage',
    async (endpoint) => {
      const { status, stderr } = await serveToEnd(...at, '--endpoint', endpoint)
      expect(status).toBe(2)
      expect(stderr).toContain(`endpoint ${endpoint}: expected http://HOST:PORT/RPC2`)
    },
  )
})
