/** Errands: what the controller asks of this host that no VM depends on. Answered once each, or asked again after a crash. */
import type { Errand, PrepareAnswer } from '../model/agent-protocol.ts'
import { createAgent } from './agent.ts'
import { isRecord } from './answers.ts'
import { putMessage, toldErrands } from './memory/outbox.ts'
import { PROBE_KINDS } from './passes.ts'
import type { AgentDeps } from './ports.ts'
import type { Probes } from './probes.ts'
import { told } from './told.ts'

export interface Errands {
  /** True = it was not known. */
  take(errand: Errand): boolean
  /** Under way, or their answer is not told yet. */
  present(): readonly number[]
  idle(): Promise<void>
}

/** The controller takes 1 MiB at once. */
const LONGEST_ANSWER = 900 * 1024
/** Of what a program wrote. */
const LONGEST_OUTPUT = 256 * 1024

/** `news` hears that an answer waits in the outbox. */
export function createErrands(deps: AgentDeps, probes: Probes, news: () => void): Errands {
  const { store, log } = deps
  const underWay = new Map<number, Promise<void>>()
  const run = async (errand: Errand): Promise<void> => {
    try {
      log(`errand ${errand.id}: ${errand.kind}`, { errand: errand.id })
      const answer = await answerTo(deps, probes, errand)
      const size = Buffer.byteLength(JSON.stringify(answer))
      if (size > LONGEST_ANSWER) throw new Error(`the answer is too long to send: ${size} bytes`)
      putMessage(store, { kind: 'errand', errand: errand.id, ok: true, answer })
    } catch (error) {
      log(`errand ${errand.id} failed: ${told(error)}`, { errand: errand.id })
      const answer = error instanceof Error ? error.message : String(error)
      putMessage(store, { kind: 'errand', errand: errand.id, ok: false, answer })
    }
    underWay.delete(errand.id)
    news()
  }
  return {
    take: (errand) => {
      if (underWay.has(errand.id) || toldErrands(store).includes(errand.id)) return false
      underWay.set(errand.id, run(errand))
      return true
    },
    present: () => [...underWay.keys(), ...toldErrands(store)],
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }
}

/** As model Errand has it. The report of a `probe` goes to the controller before its answer: see sender.ts. */
async function answerTo(deps: AgentDeps, probes: Probes, errand: Errand): Promise<unknown> {
  switch (errand.kind) {
    case 'probe':
      probes.ask(PROBE_KINDS)
      await probes.idle()
      return null
    case 'libvirt':
      return createAgent(deps.access).nodeDevices()
    case 'prepare': {
      const { status, stdout, stderr } = await deps.prepare(argumentsOf(errand.body))
      const answer: PrepareAnswer = { status, stdout: shortened(stdout), stderr: shortened(stderr) }
      return answer
    }
  }
}

function argumentsOf(body: unknown): readonly string[] {
  const args = isRecord(body) ? body.args : null
  if (Array.isArray(args) && args.every((word): word is string => typeof word === 'string')) return args
  throw new Error('the arguments of berth prepare must be a list of words')
}

function shortened(text: string): string {
  return text.length <= LONGEST_OUTPUT ? text : `${text.slice(0, LONGEST_OUTPUT)}\n(shortened)\n`
}
