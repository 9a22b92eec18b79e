/** The External Scheduler of OpenNebula 6.8 to 6.10: requests, answers, and the whole of it over real HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runOpenNebula } from '../../src/opennebula/command.ts'
import { configurationLines } from '../../src/opennebula/external/configuration.ts'
import { hostCache } from '../../src/opennebula/external/host-cache.ts'
import { readHostPool } from '../../src/opennebula/external/host-pool.ts'
import { replyTo } from '../../src/opennebula/external/reply.ts'
import { readRequest } from '../../src/opennebula/external/request.ts'
import type { Host } from '../../src/opennebula/xml/host.ts'
import { parseTemplate } from '../../src/template/parse.ts'
import { hasShared, readShared } from '../support/shared-data.ts'
import { host, node } from './build.ts'
import { type XmlRpcDouble, xmlRpcDouble } from './xml-rpc-double.ts'

const A100 = '10de:20b0:0302'
const V100 = '10de:1db4:0302'

interface Asked {
  readonly id: number
  readonly hosts: readonly number[]
  readonly cpu?: number
  readonly state?: string
  readonly attributes?: Readonly<Record<string, string>>
}

const asked = ({ id, hosts, cpu = 1, state = 'PENDING', attributes = {} }: Asked) => ({
  CAPACITY: { CPU: cpu, DISK_SIZE: 0, MEMORY: 131072 },
  HOST_IDS: hosts,
  ID: id,
  STATE: state,
  VM_ATTRIBUTES: attributes,
})

const request = (...vms: readonly Asked[]): string => JSON.stringify({ VMS: vms.map(asked) })

describe('the request', () => {
  const one = (attributes: Readonly<Record<string, string>>, cpu = 1) => {
    const { vms } = readRequest(request({ id: 3, hosts: [0], cpu, attributes }))
    return vms[0]
  }
  const blocks = (attributes: Readonly<Record<string, string>>) =>
    one(attributes)?.pci.map((block) => Object.fromEntries(block))

  test.each([
    [
      'blocks by number, from 1',
      { NPCI: '2', PCI1_VENDOR: '10de', PCI2_CLASS: '0200' },
      [{ VENDOR: '10de' }, { CLASS: '0200' }],
    ],
    ['an address', { PCI1_SHORT_ADDRESS: '3b:00.0' }, [{ SHORT_ADDRESS: '3b:00.0' }]],
    ['a block that says nothing is there, too', { NPCI: '2', PCI1_VENDOR: '10de' }, [{ VENDOR: '10de' }, {}]],
    ['none', {}, []],
  ])('PCI: %s', (_, attributes, expected) => {
    expect(blocks(attributes)).toEqual(expected)
  })

  test('capacity: binary fractions are no amounts, memory is in KiB', () => {
    expect(one({}, Math.fround(0.1))).toMatchObject({ cpu: '0.1', memoryMiB: 128 })
  })

  test('priority, rank and pinning come as attributes', () => {
    const attributes = {
      USER_PRIORITY: '7',
      SCHED_RANK: 'FREE_CPU',
      PIN_POLICY: 'CORE',
      NUMA1_TOTAL_CPUS: '4',
      NUMA1_MEMORY: '1024',
    }
    expect(one(attributes)).toMatchObject({
      priority: 7,
      rank: 'FREE_CPU',
      topology: expect.anything(),
      nodes: [expect.anything()],
    })
  })

  test('a VM that runs is to be moved', () => {
    expect(readRequest(request({ id: 3, hosts: [0], state: 'ACTIVE' })).vms[0]?.resched).toBe(true)
  })

  test('VMs without a host are nothing to answer', () => {
    expect(readRequest(request({ id: 3, hosts: [] }))).toEqual({ vms: [], allowed: [], unclear: [] })
  })

  test('a VM with more PCI blocks than are told of is not placed blindly', () => {
    const { vms, unclear } = readRequest(
      request({ id: 3, hosts: [0], attributes: { NPCI: '9', PCI1_VENDOR: '10de' } }),
    )
    expect(vms).toEqual([])
    expect(unclear).toEqual([{ vm: 3, message: 'it has 9 PCI blocks, and OpenNebula tells of 8 at most' }])
  })

  test.each([
    ['no JSON', '{"VMS":[', 'it is no JSON'],
    ['a list', '[]', 'the request is no object'],
    ['no list of VMs', '{}', 'VMS is no list'],
    ['a VM without an id', '{"VMS":[{"HOST_IDS":[]}]}', 'ID of a VM is no whole number'],
    ['a host that is none', '{"VMS":[{"ID":1,"HOST_IDS":["a"]}]}', 'a host of VM 1 is no whole number'],
    ['a VM without capacity', '{"VMS":[{"ID":1,"HOST_IDS":[0]}]}', 'CAPACITY of VM 1 is no object'],
  ])('%s is refused', (_, text, message) => {
    expect(() => readRequest(text)).toThrow(message)
  })

  test.skipIf(!hasShared('opennebula/external-scheduler-6.10.json'))(
    'what a running core sent is read',
    () => {
      const sample: unknown = JSON.parse(readShared('opennebula/external-scheduler-6.10.json'))
      const body =
        typeof sample === 'object' && sample !== null && 'body_raw' in sample ? String(sample.body_raw) : ''
      expect(readRequest(body)).toMatchObject({
        vms: [{ id: 0, cpu: '1', memoryMiB: 128 }, { id: 2 }],
        allowed: [
          { vm: 0, hosts: [0, 1] },
          { vm: 2, hosts: [0] },
        ],
      })
    },
  )
})

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

describe('the answer', () => {
  const placement = (vm: number) => ({ vm, host: 2500 })

  test('placements, in the order of the plan', () => {
    const { body, leftOut } = replyTo([placement(5), placement(2)])
    expect(JSON.parse(body)).toEqual({
      VMS: [
        { ID: 5, HOST_ID: 2500 },
        { ID: 2, HOST_ID: 2500 },
      ],
    })
    expect(leftOut).toBe(0)
  })

  test('it stays below 16 KB: the first are in it, the others are left to OpenNebula', () => {
    const placements = Array.from({ length: 1000 }, (_, n) => placement(1_000_000 + n))
    const { body, leftOut } = replyTo(placements)
    expect(body.length).toBeLessThan(15_100)
    const { VMS } = JSON.parse(body) as { VMS: { ID: number }[] }
    expect(VMS.map(({ ID }) => ID)).toEqual(placements.slice(0, VMS.length).map(({ vm }) => vm))
    expect(VMS.length + leftOut).toBe(1000)
    expect(VMS.length).toBeGreaterThan(400)
  })

  test('nothing to say is said', () => {
    expect(replyTo([]).body).toBe('{"VMS":[]}')
  })
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
    now = 60_001
    await expect(cache.hosts()).rejects.toThrow('no answer')
  })
})

describe('the lines to paste', () => {
  const lines = configurationLines('http://127.0.0.1:9880/')

  test('are in OpenNebula’s syntax, and name where Berth listens', () => {
    const { attributes } = parseTemplate(lines)
    expect(attributes[0]).toMatchObject({ name: 'EXTERNAL_SCHEDULER', kind: 'vector' })
    expect(lines).toContain('SERVER  = "http://127.0.0.1:9880/"')
    expect(lines).toContain('VM_ATTRIBUTE = "/VM/TEMPLATE/PCI[2]/VENDOR:PCI2_VENDOR"')
  })

  test('OpenNebula takes a line apart at its colon: there is one in each', () => {
    for (const line of lines.split('\n').filter((one) => one.startsWith('VM_ATTRIBUTE')))
      expect(line.split(':')).toHaveLength(2)
  })
})

/** `berth opennebula serve` in this process, on any free port. */
interface Served {
  readonly port: number
  readonly said: string[]
  stop(): Promise<number>
}

async function serve(...argv: readonly string[]): Promise<Served> {
  const said: string[] = []
  let stop = () => {}
  let listening = (_: number) => {}
  const port = new Promise<number>((resolve) => {
    listening = resolve
  })
  const ended = runOpenNebula(['serve', '--listen', '127.0.0.1:0', ...argv], {
    stdin: (async function* () {})(),
    environment: {},
    distFile: (name) => name,
    stdout: () => undefined,
    stderr: (text) => {
      said.push(text)
      const found = /listening on 127\.0\.0\.1 port (\d+)/.exec(text)
      if (found !== null) listening(Number(found[1]))
    },
    onStop: (given) => {
      stop = given
    },
  })
  return {
    port: await Promise.race([
      port,
      ended.then((status) => Promise.reject(new Error(`ended with ${status}`))),
    ]),
    said,
    stop: () => {
      stop()
      return ended
    },
  }
}

describe('over HTTP, with OpenNebula’s API beside it', () => {
  let dir = ''
  let api: XmlRpcDouble
  let served: Served
  const auth = () => join(dir, 'one_auth')

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'berth-external-'))
    writeFileSync(auth(), 'berth:se<cret&\n')
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
      "VM 1 is left to OpenNebula's own choice of host: none of 2 hosts can take it",
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
    expect(served.said.filter((line) => line.includes('VM 1 '))).toHaveLength(1)
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

  test('anything but POST is refused', async () => {
    expect((await fetch(`http://127.0.0.1:${served.port}/`)).status).toBe(405)
  })
})

/** A request over a bare socket: the first piece that comes back, and all of them. */
function raw(port: number, body: string): Promise<{ first: string; all: string }> {
  return new Promise((resolve, reject) => {
    const pieces: string[] = []
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    })
    socket.on('data', (piece) => pieces.push(piece.toString('latin1')))
    socket.on('end', () => resolve({ first: pieces[0] ?? '', all: pieces.join('') }))
    socket.on('error', reject)
  })
}

describe('what keeps it from starting', () => {
  test.each([
    ['no session file', ['--auth', '/nowhere/one_auth'], 'auth-file'],
    ['a session file without a session', ['--auth', '/dev/null'], 'auth-file'],
    ['a configuration that was named and is not there', ['--conf', '/nowhere/sched.conf'], 'file-missing'],
  ])('%s', async (_, argv, code) => {
    await expect(serve(...argv)).rejects.toMatchObject({ code })
  })

  test.each([['nothing'], ['9880'], ['127.0.0.1:'], ['127.0.0.1:99999'], ['a:b:c']])(
    '--listen %s is wrong usage',
    async (address) => {
      let said = ''
      const status = await runOpenNebula(['serve', '--listen', address], {
        stdin: (async function* () {})(),
        environment: {},
        distFile: (name) => name,
        stdout: () => undefined,
        stderr: (text) => {
          said += text
        },
        onStop: () => undefined,
      })
      expect(status).toBe(2)
      expect(said).toContain('expected --listen ADDRESS:PORT')
    },
  )
})
