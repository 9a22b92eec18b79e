/** The API behind its door, on a world's database: requests carry tokens, as they come over a network. */
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { createDoor, type Limits } from '../../src/api/door/door.ts'
import { hashOf, newSecret } from '../../src/api/door/secret.ts'
import { replaceCredential } from '../../src/database/agents.ts'
import { insertHost } from '../../src/database/hosts.ts'
import type { Role } from '../../src/model/identity.ts'
import { type Answer, must, type World } from './world.ts'

export interface DoorOptions {
  readonly limits?: Limits
}

export interface Behind {
  readonly app: FastifyInstance
  /** `token` null = none; `from`: the client's address. */
  ask(
    token: string | null,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
    from?: string,
  ): Promise<Answer & { readonly headers: Readonly<Record<string, unknown>> }>
}

export async function behind(here: World, { limits }: DoorOptions = {}): Promise<Behind> {
  const { identify, refused } = createDoor({ ...here.deps, ...(limits && { limits }) })
  const app = await buildApi({ ...here.deps, identify, refused })
  onTestFinished(() => app.close())
  return {
    app,
    ask: async (token, method, url, body, from = '192.0.2.7') => {
      const answer = await app.inject({
        ...{ method, url, remoteAddress: from },
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { payload: body as object }),
      })
      return {
        status: answer.statusCode,
        type: `${answer.headers['content-type'] ?? ''}`,
        headers: answer.headers,
        body: answer.payload === '' ? null : answer.json(),
      }
    },
  }
}

/** A token's secret, made on the controller. */
export async function tokenOf(here: World, name: string, role: Role, more: object = {}): Promise<string> {
  const body = { name, role, expiresSeconds: 3600, ...more }
  return (await must(here, 'POST', '/v1/tokens', body)).token
}

export async function agentHost(here: World, name: string): Promise<number> {
  const facts = { cluster: 'default', driver: 'libvirt', uri: 'qemu:///system', enabled: true } as const
  return here.database.transaction((q) =>
    insertHost(q, { name, ...facts, filter: null, attributes: {}, agent: true }),
  )
}

/** A host with an agent, and the agent's credential. */
export async function agentOf(here: World, name: string): Promise<string> {
  const host = await agentHost(here, name)
  const secret = newSecret('a')
  await here.database.transaction((q) =>
    replaceCredential(q, { host, credentialHash: hashOf(secret), joinedAt: here.now }),
  )
  return secret
}
