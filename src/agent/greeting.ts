/** Hello: said once by each start, before anything else, and again where the controller has lost count. */
import type { Hello, HelloAnswer } from '../model/agent-protocol.ts'
import { Conflict } from '../model/errors.ts'
import { readHello } from './answers.ts'
import type { Link, Refused, Unreachable } from './link.ts'
import { highestOrder } from './memory/orders.ts'
import type { AgentDeps } from './ports.ts'

export interface Greeting {
  /** Says it unless it was said; null = the controller knows this start. */
  ensure(): Promise<Refused | Unreachable | null>
  /** It is to be said anew. */
  forget(): void
}

const TIMEOUT_MS = 10_000

/** `welcome` hears of each answer, before anything else is sent. */
export function createGreeting(
  deps: Pick<AgentDeps, 'incarnation' | 'version' | 'driver' | 'uri' | 'store' | 'cluster' | 'host'>,
  link: Link,
  welcome: (answer: HelloAnswer) => void,
): Greeting {
  let saying: Promise<Refused | Unreachable | null> | null = null
  let known = false
  const say = async (): Promise<Refused | Unreachable | null> => {
    const { incarnation, version, driver, uri, store } = deps
    const hello: Hello = { incarnation, version, driver, uri, highestOrder: highestOrder(store) }
    const answer = await link.call('POST', 'hello', hello, { timeoutMs: TIMEOUT_MS })
    if (answer.kind !== 'ok') return answer
    const welcomed = readHello(answer.body)
    if (welcomed.cluster !== deps.cluster) link.end(otherDatabase(deps, welcomed.cluster))
    else welcome(welcomed)
    known = true
    return null
  }
  return {
    ensure: async () => {
      if (known) return null
      saying ??= say().finally(() => {
        saying = null
      })
      return saying
    },
    forget: () => {
      known = false
    },
  }
}

function otherDatabase({ host, cluster }: Pick<AgentDeps, 'host' | 'cluster'>, other: string): Conflict {
  return new Conflict(
    'agent-other-database',
    `the controller works on another database (${other}) than the one that host ${host.name} joined (${cluster}): its orders mean other VMs. Nothing was taken; join it anew (berth agent join --force)`,
    { host: host.name, cluster, other },
  )
}
