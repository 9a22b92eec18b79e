/** The table `templates`: VM templates by name. */
import type { Selectable } from 'kysely'
import { Conflict, NotFound } from '../model/errors.ts'
import { noteChanges } from './changes.ts'
import { isDuplicate } from './failure.ts'
import type { IdPage } from './hosts.ts'
import type { Queries, TemplatesTable } from './tables.ts'

export interface StoredTemplate {
  readonly id: number
  readonly name: string
  readonly text: string
  readonly createdAt: number
}

/** Gives the new id; Conflict `template-exists` when the name is taken. */
export async function insertTemplate(q: Queries, name: string, text: string, now: number): Promise<number> {
  try {
    const row = { name, text, created_at: now }
    const { id } = await q.insertInto('templates').values(row).returning('id').executeTakeFirstOrThrow()
    await noteChanges(q, 'template', [id])
    return id
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw nameTaken(name, error)
  }
}

/** By id. */
export async function listTemplates(q: Queries, { after, limit }: IdPage = {}): Promise<StoredTemplate[]> {
  let query = q.selectFrom('templates').selectAll().orderBy('id')
  if (after !== undefined) query = query.where('id', '>', after)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(toTemplate)
}

/** By name, else by id, as a person types it; NotFound `unknown-template`. */
export async function resolveTemplate(q: Queries, reference: string): Promise<StoredTemplate> {
  const all = q.selectFrom('templates').selectAll()
  const named = await all.where('name', '=', reference).executeTakeFirst()
  const row =
    named ??
    (/^\d{1,9}$/.test(reference)
      ? await all.where('id', '=', Number(reference)).executeTakeFirst()
      : undefined)
  if (row) return toTemplate(row)
  throw new NotFound(
    'unknown-template',
    `no template ${reference}; \`berth template list\` shows the templates`,
    {
      template: reference,
    },
  )
}

/** Conflict `template-exists` when the name is another's. */
export async function updateTemplate(
  q: Queries,
  id: number,
  { name, text }: Pick<StoredTemplate, 'name' | 'text'>,
): Promise<void> {
  try {
    await q.updateTable('templates').set({ name, text }).where('id', '=', id).execute()
    await noteChanges(q, 'template', [id])
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw nameTaken(name, error)
  }
}

export async function deleteTemplate(q: Queries, id: number): Promise<void> {
  await q.deleteFrom('templates').where('id', '=', id).execute()
  await noteChanges(q, 'template', [id])
}

function nameTaken(name: string, cause: unknown): Conflict {
  return new Conflict('template-exists', `a template named ${name} exists already`, { name }, cause)
}

function toTemplate({ id, name, text, created_at }: Selectable<TemplatesTable>): StoredTemplate {
  return { id, name, text, createdAt: created_at }
}
