/** A `virsh` that behaves: its command line and its words in front of a simulated host, whose libvirt outlives each call. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BerthError } from '../../src/model/errors.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import { simulatedHypervisor } from '../../src/simulator/hypervisor.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'
import { nodeDeviceNames, nodeDeviceXml } from './fake-node-devices.ts'
import { BEHAVIOUR_FILE, type Behaviour, CALLS_FILE } from './fake-virsh-behaviour.ts'

const FOREVER_MS = 2 ** 31 - 1

const host = process.argv[2] ?? ''
const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    connect: { type: 'string' },
    domain: { type: 'string' },
    file: { type: 'string' },
    mode: { type: 'string' },
    cap: { type: 'string' },
    uuid: { type: 'boolean' },
    name: { type: 'boolean' },
  },
})
/** One argument alone is a line of commands. */
const line = positionals.length === 1 ? (positionals[0] ?? '').split('; ') : []
const command = positionals[0]?.split(' ')[0] ?? ''
const hypervisor = simulatedHypervisor(simulatedSysfs(join(host, 'sys')), [], FOREVER_MS)

class Refusal extends Error {}

function behaviour(): Behaviour {
  const path = join(host, BEHAVIOUR_FILE)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** libvirtd changes one domain at a time, whoever asks. */
async function alone(work: () => Promise<string>): Promise<string> {
  const lock = join(host, '.berth/virsh.lock')
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (tries > 2000) throw error
      await sleep(5)
    }
  }
  try {
    await sleep(behaviour().delayMs?.[command] ?? 0)
    return await work()
  } finally {
    rmdirSync(lock)
  }
}

async function domain(): Promise<RunningDomain> {
  const wanted = values.domain ?? ''
  const found = (await hypervisor.list()).find(({ name, uuid }) => name === wanted || uuid === wanted)
  if (found !== undefined) return found
  const what = /^[0-9a-f-]{36}$/.test(wanted) ? 'uuid' : 'name'
  throw new Refusal(
    `failed to get domain '${wanted}'\nerror: Domain not found: no domain with matching ${what} '${wanted}'`,
  )
}

const COMMANDS: Readonly<Record<string, () => Promise<string>>> = {
  version: async () =>
    'Compiled against library: libvirt 11.3.0\nUsing library: libvirt 11.3.0\nUsing API: QEMU 11.3.0\nRunning hypervisor: QEMU 10.0.13\n',
  list: async () =>
    (await hypervisor.list()).map(({ name, uuid }) => `${values.uuid ? uuid : name}\n`).join(''),
  dumpxml: async () => readFileSync(join(host, 'domains', `${(await domain()).name}.xml`), 'utf8'),
  domstate: async () => `${(await domain()).state}\n`,
  'nodedev-list': async () => `${nodeDeviceNames(join(host, 'sys')).join('\n')}\n`,
  'nodedev-dumpxml': async () => dumpNodeDevices(),
  create: () =>
    alone(async () => {
      await hypervisor.create(readFileSync(values.file ?? '', 'utf8'))
      return `Domain created from ${values.file}\n`
    }),
  shutdown: () =>
    alone(async () => {
      const { name, uuid } = await domain()
      await hypervisor.shutdown(uuid)
      return `Domain '${name}' is being shutdown\n`
    }),
  destroy: () =>
    alone(async () => {
      const { name, uuid } = await domain()
      await hypervisor.destroy(uuid)
      return `Domain '${name}' destroyed\n`
    }),
}

/** virsh goes on after a command that failed, and ends with the status of the last (tools/vsh.c, vshCommandRun). */
function dumpNodeDevices(): string {
  let failed: string | null = null
  const documents = line.map((words) => {
    const name = words.split(' ')[2] ?? ''
    const xml = nodeDeviceXml(join(host, 'sys'), name)
    failed = xml === null ? `Could not find matching device '${name}'` : null
    if (failed !== null) process.stderr.write(`error: ${failed}\n`)
    return `${xml ?? ''}\n`
  })
  if (failed !== null) throw new Refusal(failed)
  return documents.join('')
}

async function main(): Promise<string> {
  appendFileSync(join(host, CALLS_FILE), `${process.argv.slice(3).join(' ')}\n`)
  const told = behaviour()
  if (told.hang?.includes(command)) await sleep(FOREVER_MS)
  const words = told.say?.[command]
  if (words !== undefined) throw new Refusal(words)
  const run = COMMANDS[command]
  if (run === undefined) throw new Refusal(`unknown command: '${command}'`)
  const output = await run()
  appendFileSync(join(host, CALLS_FILE), `${command}: done\n`)
  return output
}

try {
  process.stdout.write(`${await main()}\n`)
} catch (error) {
  const refused = error instanceof BerthError ? String(error.facts.stderr).replace(/^error: /, '') : null
  if (refused === null && !(error instanceof Refusal)) throw error
  process.stderr.write(`error: ${refused ?? (error instanceof Error ? error.message : '')}\n`)
  process.exitCode = 1
}
