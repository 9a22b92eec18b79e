/** A cluster of two hosts: a controller outside of them, an agent on each; links cut, programs killed, clocks wrong, intruders turned away. */
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningLab } from '../boot.ts'
import { type Controller, createController, joinHost, killAgentWhen, startAgent, until } from '../cluster.ts'
import { readFacts, untilFacts } from '../facts.ts'
import { type Lab, labAt, quoted, scenario } from '../lab.ts'
import { LINK, OUTSIDE } from '../machine.ts'
import { bootBeside, bootWith, type LabHost } from '../other-boot.ts'

const NIC = '0000:02:00.0'
const OTHER_NIC = '0000:01:00.0'
const CARD = '0000:0c:00.0'

interface Vm {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly hostName: string | null
  readonly message: string | null
  readonly devices: readonly { readonly address: string }[]
}

interface Host {
  readonly name: string
  readonly state: string
}

const parameters = (name: string) => ['intel_iommu=on', OUTSIDE, `lab.host=${name}`]

const template = (name: string, address: string, requirement: string) =>
  [
    `NAME = "${name}"`,
    'CPU = 0.1\nMEMORY = 32',
    'DISK = [ SOURCE = "/lab/idle-guest.img", FORMAT = "raw", TARGET = "vda", READONLY = "YES" ]',
    `PCI = [ VENDOR = "8086", SHORT_ADDRESS = "${address}" ]`,
    requirement === '' ? '' : `SCHED_REQUIREMENTS = "${requirement}"`,
  ].join('\n')

scenario('18: two hosts, one controller', (one) => {
  let first: RunningLab
  let second: LabHost
  let two: Lab
  let controller: Controller
  let operator: string

  /** Over the network, as an operator. */
  const berth = async (...args: readonly string[]) => {
    const result = await controller.remote(operator, ...args)
    if (result.status !== 0) throw new Error(`berth ${args.join(' ')}: ${JSON.stringify(result)}`)
    return result.stdout
  }
  const json = async <T>(...args: readonly string[]) => JSON.parse(await berth(...args, '--json')) as T
  const vm = async (name: string) => {
    const found = (await json<readonly Vm[]>('vm', 'list', '--all')).filter((each) => each.name === name)
    return found.at(-1)
  }
  const untilState = (name: string, state: string) =>
    until(
      `${name} is ${state}`,
      () => vm(name),
      (found) => found?.state === state,
    )
  const create = async (name: string, address: string, host: string) => {
    const file = join(tmpdir(), `berth-lab-${process.pid}-${name}.tmpl`)
    writeFileSync(file, template(name, address, host === '' ? '' : `NAME = \\"${host}\\"`))
    const { id } = await json<Vm>('vm', 'create', file)
    rmSync(file)
    return `berth-${id}`
  }
  const hostState = async (name: string) =>
    (await json<readonly Host[]>('host', 'list')).find((host) => host.name === name)?.state

  beforeAll(async () => {
    first = await bootWith(parameters('one'))
    second = await bootBeside('two', parameters('two'))
    two = labAt(second.places)
    controller = await createController()
    await controller.start()
    const made = await controller.local('token', 'create', 'lab', '--role', 'operator', '--json')
    operator = (JSON.parse(made.stdout) as { readonly token: string }).token
  }, 900_000)
  afterAll(async () => {
    await controller?.remove()
    await Promise.all([first?.end(), second?.end()])
  }, 300_000)

  test('both join with a token each, and are ready', async () => {
    for (const [name, lab] of [
      ['one', one],
      ['two', two],
    ] as const) {
      await berth('host', 'add', name, '--agent')
      const { token } = await json<{ readonly token: string }>('token', 'join', name)
      await joinHost(lab, controller, token)
    }
    for (const name of ['one', 'two'])
      await until(
        `${name} is on`,
        () => hostState(name),
        (state) => state === 'on',
      )
  })

  test('each gets the VM that asks for it, with its device on vfio-pci', async () => {
    const domains = [await create('vm-one', '02:00.0', 'one'), await create('vm-two', '02:00.0', 'two')]
    await Promise.all([untilState('vm-one', 'RUNNING'), untilState('vm-two', 'RUNNING')])
    const facts = [await readFacts(one), await readFacts(two)]
    expect(facts.map(({ domains: running }) => running)).toEqual([
      { [domains[0] ?? '']: [NIC] },
      { [domains[1] ?? '']: [NIC] },
    ])
    expect(facts.map(({ drivers }) => drivers[NIC])).toEqual(['vfio-pci', 'vfio-pci'])
  })

  test('a card that is plugged in is told at once, long before the next full pass', async () => {
    const devices = () => json<readonly { readonly address: string }[]>('device', 'list', '--host', 'one')
    const has = (all: readonly { readonly address: string }[]) => all.some(({ address }) => address === CARD)
    const plugged = await one.hardware('device_add e1000e,bus=port11,id=card,mac=52:54:00:00:00:0c,romfile=')
    expect(plugged).not.toContain('Error')
    await until('the card is there', devices, has)
    await one.hardware('device_del card')
    await until('the card is gone', devices, (all) => !has(all))
  })

  test('a host whose link is cut is unknown: its VM lives on, keeps its device, and nobody else gets one there', async () => {
    await two.hardware(`set_link ${LINK} off`)
    await untilState('vm-two', 'UNKNOWN')
    expect(Object.keys((await readFacts(two)).domains)).toHaveLength(1)
    expect((await vm('vm-two'))?.devices).toHaveLength(1)
    await create('late', '01:00.0', 'two')
    await until(
      'it says why it waits',
      () => vm('late'),
      (found) => found?.message?.includes('host not on') === true,
    )
    await two.hardware(`set_link ${LINK} on`)
    await untilState('vm-two', 'RUNNING')
    await untilState('late', 'RUNNING')
    await untilFacts(two, 'late has its NIC', ({ drivers }) => drivers[OTHER_NIC] === 'vfio-pci')
  })

  test('the controller is killed in the middle of a release: the devices come back, and it hears of it', async () => {
    await Promise.all([
      berth('vm', 'terminate', 'late', '--hard').catch(() => ''),
      (async () => {
        await two.output(
          `for i in $(seq 1200); do virsh list --name | grep -q . || exit 0; [ $(virsh list --name | grep -c .) -lt 2 ] && exit 0; sleep 0.1; done`,
        )
        await controller.kill()
      })(),
    ])
    await untilFacts(two, 'the NIC is back', ({ drivers }) => drivers[OTHER_NIC] === 'e1000e')
    await controller.start()
    await untilState('late', 'DONE')
    expect((await vm('vm-one'))?.state).toBe('RUNNING')
  })

  test('an agent is killed in the middle of a deploy: the one after it completes or undoes it', async () => {
    const domain = await create('killed', '01:00.0', 'one')
    await killAgentWhen(
      one,
      `[ -e /run/libvirt/qemu/${domain}.pid ] || [ "$(basename $(readlink /sys/bus/pci/devices/${OTHER_NIC}/driver) 2>/dev/null)" = vfio-pci ]`,
    )
    await startAgent(one)
    await untilState('killed', 'RUNNING')
    expect((await readFacts(one)).domains[domain]).toEqual([OTHER_NIC])
  })

  test("a host's clock that is hours off changes nothing", async () => {
    await two.output('date -s "+5 hours" >/dev/null')
    await create('skewed', '01:00.0', 'two')
    await untilState('skewed', 'RUNNING')
    await two.output('date -s "-11 hours" >/dev/null')
    await berth('vm', 'terminate', 'skewed', '--hard')
    await untilState('skewed', 'DONE')
    expect(await hostState('two')).toBe('on')
  })

  test('what is forged, stolen, used up or too large is turned away, and stands in the log', async () => {
    const ask = (script: string) =>
      two.output(
        `node -e ${quoted(`
        const { credential } = JSON.parse(require('fs').readFileSync('/var/lib/berth/agent/agent.json'))
        const url = ${JSON.stringify(controller.url)}
        const ask = (method, path, token, body) => new Promise((resolve) => {
          const request = require('https').request(url + path, { method, rejectUnauthorized: false,
            headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
            (response) => { response.on('error', () => {}).resume(); resolve(response.statusCode) })
          request.on('error', () => resolve('cut off'))
          request.end(body)
        })
        // What was not read of a refused body is cut off afterwards.
        ;(async () => { ${script}; process.exit() })()`)}`,
      )
    expect(
      await ask(`
        const poll = JSON.stringify({ incarnation: '00000000-0000-4000-8000-000000000000', orders: [], errands: [], settings: '', wait: 0 })
        console.log(await ask('POST', '/v1/agents/one/poll', credential, poll))
        console.log(await ask('GET', '/v1/hosts', credential, ''))
        console.log(await ask('GET', '/v1/hosts', 'berth_u_wrong', ''))
        console.log(await ask('PUT', '/v1/agents/two/report', credential, Buffer.alloc(100e6, 32)))`),
    ).toMatch(/^403\n403\n401\n(413|cut off)\n$/)
    const log = await controller.local('log', '--json')
    expect(log.stdout).toContain('not-your-host')
    expect((await controller.local('db', 'check')).status).toBe(0)
    expect(await hostState('two')).toBe('on')
  })

  test('a host that lost its power is fenced, and its VM starts elsewhere', async () => {
    await untilState('killed', 'RUNNING')
    await berth('vm', 'terminate', 'killed', '--hard')
    await untilState('killed', 'DONE')
    const domain = await create('moves', '01:00.0', '')
    const host = (await untilState('moves', 'RUNNING'))?.hostName
    const [dead, alive, living] = host === 'one' ? [one, two, 'two'] : [two, one, 'one']
    await dead.hardware('stop')
    await untilState('moves', 'UNKNOWN')
    const asked = await controller.remote(operator, 'host', 'fence', host ?? '')
    expect([asked.status, asked.stdout + asked.stderr]).toEqual([1, expect.stringContaining('moves')])
    await berth('host', 'fence', host ?? '', '--yes')
    await untilState('moves', 'POWEROFF')
    await berth('vm', 'start', 'moves')
    expect((await untilState('moves', 'RUNNING'))?.hostName).toBe(living)
    await untilFacts(alive, 'it has its NIC there', ({ drivers }) => drivers[OTHER_NIC] === 'vfio-pci')

    // The dead host was not dead: its old domain is shown, holds its device, and is not touched.
    await dead.hardware('cont')
    await until(
      'the orphan is shown',
      () => json<{ readonly orphans: readonly { readonly name: string }[] }>('host', 'show', host ?? ''),
      ({ orphans }) => orphans.some(({ name }) => name === domain),
    )
    expect(Object.keys((await readFacts(dead)).domains)).toContain(domain)
    expect((await controller.local('db', 'check')).status).toBe(0)
  })
})
