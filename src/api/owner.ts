/** What users may say of their VMs, and what others see of templates. */
import type { FastifyRequest } from 'fastify'
import { Forbidden } from '../model/errors.ts'
import { mayAs } from '../model/identity.ts'
import { parseTemplate } from '../template/parse.ts'
import { keyOf } from '../template/values.ts'
import { personOf } from './rights.ts'

interface NewVm {
  readonly owner?: string
  readonly priority?: number
}

/**
 * The VM is the user's for whom the token speaks; operators may name another. Forbidden `not-allowed` where a user names one, or wants to
 * go before others.
 */
export function ownedBy<T extends NewVm>(request: FastifyRequest, options: T): T & { owner: string | null } {
  const { name, role, owner } = personOf(request)
  if (mayAs(role, 'operator')) return { ...options, owner: options.owner ?? owner }
  if (options.owner !== undefined && options.owner !== owner)
    throw new Forbidden('not-allowed', `${name} makes VMs for ${owner} only; operators make them for others`)
  if ((options.priority ?? 0) > 0)
    throw new Forbidden(
      'not-allowed',
      `a priority above 0 goes before other users' VMs; operators may set it`,
    )
  return { ...options, owner }
}

/** Attributes that name what is the host's: any file or disk of it, its networks, or what its hypervisor is started with. */
const RESTRICTED: readonly (readonly [block: string, key: string | null])[] = [
  ['RAW', null],
  ['DISK', 'SOURCE'],
  ['NIC', 'BRIDGE'],
  ['NIC', 'NETWORK'],
  ['PCI', 'VLAN_ID'],
]

/**
 * A user's own template may not reach into hosts: Forbidden `restricted-attribute`. Operators store templates that have such attributes,
 * and users instantiate these. (InvalidInput where it is no template.)
 */
export function requireOwnTemplate(request: FastifyRequest, text: string): void {
  if (mayAs(personOf(request).role, 'operator')) return
  for (const attribute of parseTemplate(text).attributes)
    for (const [block, key] of RESTRICTED) {
      if (attribute.name !== block) continue
      const given = key === null || (attribute.kind === 'vector' && keyOf(attribute, key) !== null)
      if (!given) continue
      const named = key === null ? block : `${block}/${key}`
      throw new Forbidden(
        'restricted-attribute',
        `${named} reaches into the host: only operators may use it. Ask one to store a template that has it (\`berth template create\`), and instantiate that`,
        { attribute: named },
      )
    }
}

/** Passwords of consoles, say. */
const SECRET = /(\b\w*PASSW(?:OR)?D\s*=\s*)("(?:[^"\\]|\\.)*"|[^\s,\]]+)/gi

/** Viewers read no passwords in templates; `field` = where the view has the text. */
export function withoutSecrets<K extends string, T extends Readonly<Record<K, string>>>(
  request: FastifyRequest,
  view: T,
  field: K,
): T {
  if (personOf(request).role !== 'viewer') return view
  return { ...view, [field]: view[field].replace(SECRET, '$1"***"') }
}
