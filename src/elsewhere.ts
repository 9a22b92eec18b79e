/** Where commands go: this machine's database or a server, by the options, the environment and the file of contexts. */
import { readFileSync } from 'node:fs'
import type { Contexts } from './cli/context/contexts.ts'
import { contextsPath, readContexts, requirePrivate, writeContexts } from './cli/context/file.ts'
import type { ContextPorts } from './cli/context/ports.ts'
import { choose, targetOf } from './cli/context/target.ts'
import { type GlobalOptions, globalOptions } from './cli/global-options.ts'
import type { Interruption } from './interruption.ts'
import type { Remote } from './remote.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Elsewhere {
  /** Null = this machine. Rejects as `targetOf`. */
  server(): Promise<Remote | null>
  readonly contexts: ContextPorts
  close(): Promise<void>
}

/** Group and owner may share a token file; contexts.json is one person's. */
function readToken(path: string): string {
  requirePrivate(path, 0o007)
  return readFileSync(path, 'utf8').trim()
}

export function createElsewhere(
  options: GlobalOptions,
  environment: Environment,
  interruption: Interruption,
): Elsewhere {
  const path = contextsPath(environment)
  const read = (): Contexts => readContexts(path)
  let opened: Promise<Remote | null> | null = null
  const open = async (): Promise<Remote | null> => {
    const target = targetOf(options, environment, read, readToken)
    if (target.kind === 'database') return null
    return (await import('./remote.ts')).createRemote(target, interruption.signal)
  }
  return {
    server: () => {
      opened ??= open()
      return opened
    },
    contexts: contextPorts(environment, path, interruption),
    close: async () => {
      const remote = await opened?.catch(() => null)
      remote?.close()
    },
  }
}

function contextPorts(environment: Environment, path: string, interruption: Interruption): ContextPorts {
  const read = () => readContexts(path)
  return {
    read,
    write: (contexts) => writeContexts(path, contexts),
    chosen: () => choose(globalOptions([]), environment, () => read().current),
    certificate: async (server) => (await import('./client/certificate.ts')).lookAtCertificate(server),
    knock: async (context) => {
      const { createRemote } = await import('./remote.ts')
      const remote = createRemote({ kind: 'server', context: null, ...context }, interruption.signal)
      try {
        return await remote.request('GET', '/v1/templates')
      } finally {
        remote.close()
      }
    },
    ask: async (question) => (await import('./cli/context/prompt.ts')).ask(question),
    secret: async (question) =>
      environment.BERTH_TOKEN || (await import('./cli/context/prompt.ts')).secret(question),
    readToken,
  }
}
