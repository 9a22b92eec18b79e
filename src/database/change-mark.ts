/** What tells whether a document that is made of some kinds of rows can be another one by now: the changes noted of them. */
import type { ChangeKind } from '../model/change.ts'
import { NEWEST_CHANGES, newestChanges, oldestChange } from './changes.ts'
import type { Queries } from './tables.ts'

/**
 * Never the same text once something of these kinds changed, from the commit of the change on; the same as long as nothing did, unless
 * old changes were forgotten meanwhile. It stands for the newest changes
 * of each kind with the times of their noting, so that neither one that was committed late nor a database brought back from a
 * backup gives a mark that meant something else. Read it before the document: that one may only be newer.
 */
export async function changeMark(q: Queries, kinds: readonly ChangeKind[]): Promise<string> {
  const marks: string[] = []
  for (const kind of kinds) {
    const newest = await newestChanges(q, kind)
    // Where these are all that are known, it matters since when they are.
    const since = newest.length < NEWEST_CHANGES ? ((await oldestChange(q))?.id ?? 0) : ''
    marks.push(`${kind} ${since} ${newest.map(({ id, at }) => `${id}@${at}`).join()}`)
  }
  return marks.join('\n')
}
