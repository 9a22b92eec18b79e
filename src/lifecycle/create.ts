/** Where VMs begin: template text, checked, becomes a row that waits. */
import { insertHistory } from '../database/history.ts'
import type { Database } from '../database/open.ts'
import type { Tx } from '../database/tables.ts'
import {
  deleteTemplate as deleteRow,
  insertTemplate,
  resolveTemplate,
  type StoredTemplate,
  updateTemplate as updateRow,
} from '../database/templates.ts'
import { getVm, insertVm, renameVm, type StoredVm } from '../database/vms.ts'
import { Conflict, InvalidInput } from '../model/errors.ts'
import { requireDeployable } from '../template/deployable.ts'
import { readTemplate } from '../template/validate.ts'
import { requireQuota } from './quota.ts'

export interface CreateOptions {
  /** Default: the template's NAME, else `vm-<id>`. */
  readonly name?: string
  /** HOLD in place of PENDING. */
  readonly hold?: boolean
  /** Higher first; default 0. */
  readonly priority?: number
  /** Whose it is, and counts against whose quotas; left out or null = nobody's but the operators'. */
  readonly owner?: string | null
}

/**
 * InvalidInput (template-syntax and the other codes of src/template, `name-invalid`), Forbidden `quota-exceeded` when it can't be; nothing
 * is written then.
 */
export function createVm(
  db: Database,
  template: string,
  options: CreateOptions,
  now: number,
): Promise<StoredVm> {
  return db.transaction(async (q) => {
    await requireQuota(q, { owner: options.owner ?? null, requests: readTemplate(template).requests })
    return create(q, template, options, now)
  })
}

/** createVm of a stored template, by name or id; NotFound `unknown-template`. */
export async function instantiateTemplate(
  db: Database,
  reference: string,
  options: CreateOptions,
  now: number,
): Promise<StoredVm> {
  const [vm] = await instantiateTemplates(db, reference, options, [options.name], now)
  if (vm === undefined) throw new Error('no VM was made')
  return vm
}

/** Likewise as many as there are names (undefined = the template's): all of them, or none. */
export function instantiateTemplates(
  db: Database,
  reference: string,
  options: Omit<CreateOptions, 'name'>,
  names: readonly (string | undefined)[],
  now: number,
): Promise<readonly StoredVm[]> {
  return db.transaction(async (q) => {
    const { text } = await resolveTemplate(q, reference)
    const { requests } = readTemplate(text)
    await requireQuota(q, { owner: options.owner ?? null, requests: names.flatMap(() => requests) })
    const vms: StoredVm[] = []
    for (const name of names)
      vms.push(await create(q, text, { ...options, ...(name !== undefined && { name }) }, now))
    return vms
  })
}

async function create(q: Tx, text: string, options: CreateOptions, now: number): Promise<StoredVm> {
  const template = readTemplate(text)
  requireDeployable(template)
  const name = options.name ?? template.name ?? ''
  if (name !== '') requireName(name)
  const { cpu, memoryMiB } = template.definition
  const state = options.hold ? 'HOLD' : 'PENDING'
  const priority = options.priority ?? 0
  const { owner = null } = options
  const id = await insertVm(q, { name, owner, template: text, cpu, memoryMiB, state, priority }, now)
  if (name === '') await renameVm(q, id, `vm-${id}`)
  await insertHistory(q, id, `created, ${state}`, now)
  return getVm(q, id)
}

/** The text need only be a template (`template check` tells more); its name: given, else its NAME. Conflict `template-exists`. */
export function createTemplate(
  db: Database,
  text: string,
  name: string | undefined,
  now: number,
): Promise<StoredTemplate> {
  return db.transaction(async (q) => {
    const chosen = name ?? readTemplate(text).name
    if (chosen === null)
      throw new InvalidInput('name-invalid', 'the template has no NAME: give one with --name')
    requireName(chosen)
    if (name !== undefined) readTemplate(text)
    const id = await insertTemplate(q, chosen, text, now)
    return { id, name: chosen, text, createdAt: now }
  })
}

export interface TemplateUpdate {
  readonly text: string
  /** Left out = it keeps its name, whatever NAME the text has. */
  readonly name?: string | undefined
  /** The text that was read before; left out = whatever it is now is replaced. */
  readonly was?: string | undefined
}

/**
 * VMs made of it stay as they are. NotFound `unknown-template`; Conflict `template-changed` where the text is not `was` any more,
 * `template-exists`; InvalidInput as `createTemplate`. Nothing is written then.
 */
export function updateTemplate(
  db: Database,
  reference: string,
  { text, name, was }: TemplateUpdate,
): Promise<StoredTemplate> {
  return db.transaction(async (q) => {
    const before = await resolveTemplate(q, reference)
    if (was !== undefined && was !== before.text)
      throw new Conflict(
        'template-changed',
        `template ${before.name} was changed by somebody else since it was read; read it again`,
        { template: before.id },
      )
    const after = { ...before, text, name: name ?? before.name }
    requireName(after.name)
    readTemplate(text)
    await updateRow(q, before.id, after)
    return after
  })
}

/** VMs made of it stay. NotFound `unknown-template`. */
export function deleteTemplate(db: Database, reference: string): Promise<StoredTemplate> {
  return db.transaction(async (q) => {
    const template = await resolveTemplate(q, reference)
    await deleteRow(q, template.id)
    return template
  })
}

/** InvalidInput `name-invalid`: 1 to 128 characters, no control characters; not a number, which would read as an id. */
export function requireName(name: string): void {
  if (/^\P{Cc}{1,128}$/u.test(name) && name.trim() === name && !/^\d+$/.test(name)) return
  throw new InvalidInput(
    'name-invalid',
    `${JSON.stringify(name)} is not a name: 1 to 128 characters, not only digits, no spaces around it`,
    { name },
  )
}
