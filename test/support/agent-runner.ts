/** A program that is an agent on a simulated host, and kills itself (SIGKILL) where it is told. */

import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdState } from '../../src/agent/memory/lock.ts'
import { openMemory } from '../../src/agent/memory/open.ts'
import { AGENT_TIMING } from '../../src/agent/ports.ts'
import { runAgent } from '../../src/agent/run.ts'
import { createClient } from '../../src/client/client.ts'
import { openSimulatedHost } from '../../src/simulator/host.ts'

/** `call`: `create`, `write driver/unbind`, `journal create begun`, `ended`, `taken in`, ...; `before` = nothing of it is saved. */
export interface AgentKill {
  readonly when: 'before' | 'after'
  readonly call: string
}

export interface AgentRunnerInput {
  readonly state: string
  readonly host: string
  readonly server: string
  readonly kill: AgentKill | null
}

const { state, host: dir, server, kill }: AgentRunnerInput = JSON.parse(process.argv[2] ?? '')

function point(when: AgentKill['when'], call: string): void {
  if (kill?.when === when && kill.call === call) process.kill(process.pid, 'SIGKILL')
}

async function killable<T>(call: string, work: () => Promise<T>): Promise<T> {
  point('before', call)
  const result = await work()
  point('after', call)
  return result
}

try {
  holdState(state)
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
const store = openMemory(state, 'db-1', () => {})
// Within the transaction that writes it: what comes before it is saved, and it is not.
store.function('passes', (call) => {
  point('before', String(call))
  return null
})
store.exec(`
  create temp trigger a after insert on main.journal
    begin select passes('journal ' || json_extract(new.entry, '$.step') || ' ' || json_extract(new.entry, '$.state')); end;
  create temp trigger b after update of event on main.orders begin select passes('ended'); end;
  create temp trigger c after insert on main.orders begin select passes('taken'); end;
  create temp trigger d after delete on main.outbox when old.kind = 'event' begin select passes('told'); end;
`)
const host = openSimulatedHost(dir)
const { hypervisor, sysfs } = host
await runAgent(
  {
    access: {
      ...host,
      hypervisor: {
        ...hypervisor,
        create: (xml) =>
          killable('create', async () => {
            await hypervisor.create(xml)
            appendFileSync(join(dir, 'creations'), 'one\n')
          }),
        destroy: (uuid) => killable('destroy', () => hypervisor.destroy(uuid)),
      },
      sysfs: {
        ...sysfs,
        write: (path, text, options) => {
          const [, file = 'probe'] = /devices\/[^/]+\/(.*)$/.exec(path) ?? []
          return killable(`write ${file}`, () => sysfs.write(path, text, options))
        },
      },
      proc: host.procRoot,
      pciIds: null,
    },
    ...{ driver: 'simulator', uri: dir, host: { id: 1, name: 'kvm-a' }, cluster: 'db-1' },
    client: createClient({ server, token: 'berth_a_secret', fingerprint: null }),
    ...{ store, incarnation: randomUUID(), version: '0.1.0', udevadm: null },
    clock: {
      monotonic: () => performance.now(),
      now: Date.now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    timing: { ...AGENT_TIMING, firstPause: 20, longestPause: 50, breath: 20, poll: 100 },
    prepare: async () => ({ status: 0, stdout: '', stderr: '' }),
    log: (line) => process.stderr.write(`${line}\n`),
  },
  new AbortController().signal,
)
