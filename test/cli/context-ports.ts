/** Contexts in memory, and a person and a server that say what the test says. */
import type { Contexts } from '../../src/cli/context/contexts.ts'
import type { ContextPorts } from '../../src/cli/context/ports.ts'

export function contextPorts(fields: Partial<ContextPorts> = {}): ContextPorts {
  let kept: Contexts = { current: null, contexts: new Map() }
  return {
    read: () => kept,
    write: (contexts) => {
      kept = contexts
    },
    chosen: () => ({ choice: null, server: null, context: kept.current ?? 'local' }),
    certificate: async () => ({ fingerprint: 'ab'.repeat(32), trusted: true }),
    knock: async () => ({ status: 200, body: [] }),
    ask: async () => null,
    secret: async () => 'berth_u_secret\n',
    readToken: () => 'berth_u_file',
    ...fields,
  }
}
