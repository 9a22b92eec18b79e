/** What tells whether a document that is made of some kinds of rows can be another one by now: the changes noted of them. */
import type { ChangeKind } from '../model/change.ts'
import { newestChanges } from './changes.ts'
import type { Queries } from './tables.ts'

/**
 * The same text as long as nothing of these kinds changed; another one from the commit of a change on. It stands for the newest changes
 * of each kind with the times of their noting, so that neither one that was committed late nor a database brought back from a
 * backup gives a mark that meant something else. Read it before the document: that one may only be newer.
 */
export async function changeMark(q: Queries, kinds: readonly ChangeKind[]): Promise<string> {
  const marks: string[] = []
  for (const kind of kinds) {
    const newest = await newestChanges(q, kind)
    marks.push(`${kind} ${newest.map(({ id, at }) => `${id}@${at}`).join()}`)
  }
  return marks.join('\n')
}
