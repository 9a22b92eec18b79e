/** A report that comes in pieces: put together with those that are here, checked as a whole, and taken in like any other. */
import { type StoredAgent, updateAgent } from '../../database/agents.ts'
import { noteChanges } from '../../database/changes.ts'
import { getHost } from '../../database/hosts.ts'
import { openOrder } from '../../database/orders.ts'
import {
  listReportSections,
  replaceReportSections,
  type StoredSection,
} from '../../database/report-sections.ts'
import type { Tx } from '../../database/tables.ts'
import { listVms } from '../../database/vms.ts'
import { reportFromJson } from '../../inventory/document.ts'
import { REPORT_SECTIONS, type ReportSection, type ReportUpdate } from '../../model/agent-protocol.ts'
import { Conflict, CorruptReport } from '../../model/errors.ts'
import { HOST_REPORT_SCHEMA, type HostReport } from '../../model/report.ts'
import type { ControllerDeps } from '../ports.ts'
import { silent, takeIn } from '../take-in.ts'
import { presentAgent } from './present.ts'

/**
 * All of it in one transaction. Conflict `agent-superseded`, `report-replayed`, `report-base-unknown`; CorruptReport as
 * `reportFromJson`: nothing of it was taken in, and the host's failure says why.
 */
export async function takeInUpdate(deps: ControllerDeps, id: number, update: ReportUpdate): Promise<void> {
  const { database, clock, log } = deps
  const base = await database.read(async (q) => {
    requireNew(await presentAgent(q, id, update.incarnation), update)
    return requireBase(await listReportSections(q, id), update)
  })
  const report = await readReport(deps, id, update, documentOf(update, base))
  const { news } = await database.transaction(async (q) => {
    const agent = await presentAgent(q, id, update.incarnation)
    requireNew(agent, update)
    // Another one may have come in between, at another API server.
    requireBase(await listReportSections(q, id), update)
    await replaceReportSections(q, id, sectionsOf(update))
    const now = clock.now()
    const times = { observedAt: Math.min(update.observedAt, now), now, warning: update.warnings.at(-1) }
    const taken = await takeIn(q, database.cluster, await getHost(q, id), report, times)
    const compared = taken.failure === null && !(await hasUnjudged(q, id))
    await updateAgent(q, id, {
      ...{ lastReport: update.number, heardAt: now },
      compared,
    })
    // It may have VMs again, whether or not anything else is new.
    if (compared && !agent.compared) await noteChanges(q, 'host', [id])
    return taken
  })
  for (const line of news) log(line)
}

/** The look is older than the silence, and came late: what became of its VMs only another one tells. */
async function hasUnjudged(q: Tx, host: number): Promise<boolean> {
  for (const { id } of await listVms(q, { host, states: ['UNKNOWN'] }))
    if ((await openOrder(q, id)) === null) return true
  return false
}

function requireNew({ host, lastReport }: StoredAgent, { number }: ReportUpdate): void {
  if (number > lastReport) return
  throw new Conflict(
    'report-replayed',
    `report ${number} is not above ${lastReport}, the last that was taken in`,
    {
      host,
      number,
      last: lastReport,
    },
  )
}

/** Those that are here of which nothing new came; they must be what the agent takes them for. */
function requireBase(
  stored: readonly StoredSection[],
  { sections, hashes }: ReportUpdate,
): readonly StoredSection[] {
  const kept = stored.filter(({ section }) => sections[section] === undefined)
  const known = new Map(kept.map(({ section, hash }) => [section, hash]))
  const missing = REPORT_SECTIONS.filter(
    (section) => sections[section] === undefined && known.get(section) !== hashes[section],
  )
  if (missing.length === 0) return kept
  throw new Conflict(
    'report-base-unknown',
    `the controller does not have ${missing.join(', ')} as the agent does: all of the report is to be sent`,
    { sections: missing },
  )
}

function documentOf(update: ReportUpdate, base: readonly StoredSection[]): unknown {
  const kept = Object.fromEntries(base.map(({ section, body }) => [section, JSON.parse(body) as unknown]))
  const { host, bootId, sections } = update
  return { schema: HOST_REPORT_SCHEMA, host, bootId, ...kept, ...sections }
}

function sectionsOf({ sections, hashes }: ReportUpdate): readonly StoredSection[] {
  return REPORT_SECTIONS.flatMap((section: ReportSection) => {
    const body = sections[section]
    return body === undefined ? [] : [{ section, hash: hashes[section], body: JSON.stringify(body) }]
  })
}

/** The number of a report that is wrong is used up, too. */
async function readReport(
  deps: ControllerDeps,
  id: number,
  update: ReportUpdate,
  document: unknown,
): Promise<HostReport> {
  try {
    return reportFromJson(document)
  } catch (error) {
    if (!(error instanceof CorruptReport)) throw error
    const { database, clock, log } = deps
    const { news } = await database.transaction(async (q) => {
      requireNew(await presentAgent(q, id, update.incarnation), update)
      await updateAgent(q, id, { lastReport: update.number, compared: false })
      return silent(q, await getHost(q, id), error.message, clock.now())
    })
    for (const line of news) log(line)
    throw error
  }
}
