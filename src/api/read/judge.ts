/** "Would it fit?" asked of the scheduler itself: `template check` and `explain`. */
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import type { Database } from '../../database/open.ts'
import type { Queries } from '../../database/tables.ts'
import type { StoredVm } from '../../database/vms.ts'
import { readStrays } from '../../inventory/strays.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'
import { requireDeployable } from '../../template/deployable.ts'
import { pendingVm } from '../../template/pending.ts'
import { readTemplate } from '../../template/validate.ts'
import type { Explanation, TemplateCheck } from '../../view/documents.ts'
import { explanation, isWaiting, templateCheck } from '../../view/explanation.ts'
import { remedied } from '../../view/remedied.ts'
import { inPieces } from '../long-work.ts'
import { readPicture } from './picture.ts'
import { readQuestion } from './remedies.ts'

/** Stands for a VM that does not exist: ids in the database begin at 1. */
const NOBODY = 0

/**
 * How many hosts could take one VM of the template, in an empty cluster (`ever`) and as things stand (`now`); a host
 * that is not on counts in neither. InvalidInput as `readTemplate` and
 * `requireDeployable`: what is called valid here can be created.
 */
export async function checkTemplate(q: Queries, text: string): Promise<TemplateCheck> {
  const template = readTemplate(text)
  requireDeployable(template)
  const vm = pendingVm({ id: NOBODY, name: template.name ?? '', priority: 0, onlyHost: null }, template)
  const hosts = await readPicture(q)
  const ever = judgeHosts({ hosts: hosts.map(emptied) }, vm)
  return templateCheck(hosts, ever.refusals, judgeHosts({ hosts }, vm).refusals)
}

export interface ExplainQuestion {
  readonly vmOf: (q: Queries) => Promise<StoredVm>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The user who asks, whom no VM of others is named to; null = somebody who sees all. */
  readonly seenBy: string | null
}

/**
 * Which hosts could take the VM now, whatever else waits, why the others cannot, and what would have to change. Null = whoever asked has
 * gone.
 */
export async function explainVm(
  database: Database,
  question: ExplainQuestion,
  gone: AbortSignal,
): Promise<Explanation | null> {
  if (gone.aborted) return null
  // Worked out outside of it: SQLite has one connection, and others want to read meanwhile.
  const { vm, judged, stray } = await database.read((q) => readJudged(q, question))
  if (judged === null) return explanation(vm, [], [], question.now)
  const { hosts, refusals, steps, wordsFor } = judged
  const remedies = await inPieces(steps, gone)
  if (remedies === null) return null
  const answer = remedied(explanation(vm, hosts, refusals, question.now), { ...remedies, wordsFor })
  return stray === undefined ? answer : { ...answer, message: stray }
}

/** `judged` is null where the VM does not wait. */
async function readJudged(q: Queries, { vmOf, seenBy }: ExplainQuestion) {
  const vm = await vmOf(q)
  if (!isWaiting(vm.state)) return { vm, judged: null }
  const pending = pendingVm(vm, readTemplate(vm.template))
  const judged = await readQuestion(q, await readPicture(q), pending, seenBy)
  return { vm, judged, stray: (await readStrays(q)).get(vm.id) }
}

/** The host without any VM: nothing claimed, no capacity promised. */
function emptied(host: SnapshotHost): SnapshotHost {
  const devices = host.devices.map(({ usbUse: _, ...device }) => ({ ...device, claimedBy: null }))
  const usb = host.usb?.map((device) => ({ ...device, claimedBy: null }))
  const empty = { ...host, usedCpu: 0, usedMemoryMiB: 0, runningVms: 0, devices }
  return usb === undefined ? empty : { ...empty, usb }
}
