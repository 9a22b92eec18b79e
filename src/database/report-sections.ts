/** The table `report_sections`: the last report of a host behind an agent, in the pieces in which it is sent. */
import type { ReportSection } from '../model/agent-protocol.ts'
import type { Queries } from './tables.ts'

export interface StoredSection {
  readonly section: ReportSection
  /** As the agent says it: SHA-256 of the body, hex. */
  readonly hash: string
  /** JSON. */
  readonly body: string
}

export async function listReportSections(q: Queries, host: number): Promise<StoredSection[]> {
  return q
    .selectFrom('report_sections')
    .select(['section', 'hash', 'body'])
    .where('host', '=', host)
    .orderBy('section')
    .execute()
}

/** In the place of those of the same name. */
export async function replaceReportSections(
  q: Queries,
  host: number,
  sections: readonly StoredSection[],
): Promise<void> {
  for (const { section, hash, body } of sections)
    await q
      .insertInto('report_sections')
      .values({ host, section, hash, body })
      .onConflict((conflict) => conflict.columns(['host', 'section']).doUpdateSet({ hash, body }))
      .execute()
}
