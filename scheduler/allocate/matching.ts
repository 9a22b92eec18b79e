/**
 * Bipartite matching of devices to requests for single devices, grown by augmenting paths.
 *
 * The sets of devices that can be matched at once form a transversal matroid (Edmonds and Fulkerson, 1965), so taking
 * devices in any order, and keeping each that an augmenting path can fit in, ends with as many as there can be; a device
 * that did not fit in will not fit later, nor will one that serves the same requests. Growing a request's count later
 * and going on keeps every count that was reached: that is how optional requests follow, in order.
 */
import type { Serves } from './shape.ts'

/** A device that could serve something; candidates are taken in the order given. */
export interface Candidate {
  /** Its position in the device table. */
  readonly position: number
  readonly serves: Serves
  /** The IOMMU group where others are in it too. */
  readonly group: number | null
}

export interface Matching {
  readonly candidates: readonly Candidate[]
  /** Devices wanted, by request. */
  readonly wanted: number[]
  readonly assigned: Candidate[][]
  readonly taken: Set<Candidate>
  /** Candidates in groups of which the VM already takes a device: they cost nothing more, so they are next. */
  readonly preferred: Candidate[]
  readonly mates: ReadonlyMap<number, readonly Candidate[]>
  missing: number
}

/** `heldGroups`: groups that the VM takes a device of anyhow. */
export function startMatching(
  candidates: readonly Candidate[],
  wanted: readonly number[],
  heldGroups: readonly number[],
): Matching {
  const mates = new Map<number, Candidate[]>()
  for (const candidate of candidates) {
    if (candidate.group === null) continue
    const list = mates.get(candidate.group)
    if (list) list.push(candidate)
    else mates.set(candidate.group, [candidate])
  }
  const matching: Matching = {
    candidates,
    wanted: [...wanted],
    assigned: wanted.map(() => []),
    taken: new Set(),
    preferred: [],
    mates,
    missing: wanted.reduce((sum, count) => sum + count, 0),
  }
  for (const group of heldGroups) prefer(matching, group)
  return matching
}

function prefer(matching: Matching, group: number | null): void {
  const mates = group === null ? undefined : matching.mates.get(group)
  if (mates !== undefined && mates.length > 0) matching.preferred.push(...mates.toReversed())
}

/** Takes devices until nothing is missing (true) or no more can be taken (false). */
export function fill(matching: Matching): boolean {
  serveRarestFirst(matching)
  const saturated = new Set<Serves>()
  const preferred = [...matching.preferred]
  let next = 0
  while (matching.missing > 0) {
    const candidate = preferred.pop() ?? matching.candidates[next++]
    if (candidate === undefined) return false
    if (matching.taken.has(candidate) || saturated.has(candidate.serves)) continue
    if (!augment(matching, candidate)) {
      saturated.add(candidate.serves)
      continue
    }
    const before = matching.preferred.length
    prefer(matching, candidate.group)
    preferred.push(...matching.preferred.slice(before))
  }
  return true
}

/**
 * Preference only: requests that few devices could serve take theirs first, so that the others can follow into groups that
 * the VM has a part of by then. What it takes can be matched, so by the matroid nothing is lost.
 */
function serveRarestFirst(matching: Matching): void {
  if (matching.mates.size === 0) return
  const suppliers = matching.wanted.map((_, request) =>
    matching.candidates.filter(({ serves }) => serves.includes(request)),
  )
  const rarestFirst = matching.wanted
    .map((_, request) => request)
    .sort((a, b) => (suppliers[a]?.length ?? 0) - (suppliers[b]?.length ?? 0) || a - b)
  for (const request of rarestFirst) serveDirectly(matching, request, suppliers[request] ?? [])
}

function serveDirectly(matching: Matching, request: number, suppliers: readonly Candidate[]): void {
  const assigned = matching.assigned[request] ?? []
  const fits = (candidate: Candidate) => candidate.serves.includes(request) && !matching.taken.has(candidate)
  while (assigned.length < (matching.wanted[request] ?? 0)) {
    const candidate = matching.preferred.findLast(fits) ?? suppliers.find(fits)
    if (candidate === undefined) return
    assigned.push(candidate)
    matching.taken.add(candidate)
    matching.missing -= 1
    prefer(matching, candidate.group)
  }
}

/** Wants one device more for a request; false, and nothing changed, when there is none to be had. */
export function wantOneMore(matching: Matching, request: number): boolean {
  matching.wanted[request] = (matching.wanted[request] ?? 0) + 1
  matching.missing += 1
  if (fill(matching)) return true
  matching.wanted[request] = (matching.wanted[request] ?? 0) - 1
  matching.missing -= 1
  return false
}

interface Step {
  readonly request: number
  /** What moves into `request`, and from which step it comes; null = the new device. */
  readonly mover: Candidate
  readonly from: Step | null
}

/** Fits one more device in, moving others between requests where needed; breadth first, so with the fewest moves. */
function augment(matching: Matching, added: Candidate): boolean {
  const seen = new Set<number>(added.serves)
  const queue: Step[] = added.serves.map((request) => ({ request, mover: added, from: null }))
  for (let head = 0; head < queue.length; head++) {
    const step = queue[head]
    if (step === undefined) break
    const assigned = matching.assigned[step.request] ?? []
    if (assigned.length < (matching.wanted[step.request] ?? 0)) {
      move(matching, step)
      matching.taken.add(added)
      matching.missing -= 1
      return true
    }
    for (const mover of assigned)
      for (const request of mover.serves) {
        if (seen.has(request)) continue
        seen.add(request)
        queue.push({ request, mover, from: step })
      }
  }
  return false
}

function move(matching: Matching, last: Step): void {
  for (let step: Step | null = last; step !== null; step = step.from) {
    matching.assigned[step.request]?.push(step.mover)
    if (step.from === null) continue
    const source = matching.assigned[step.from.request]
    source?.splice(source.indexOf(step.mover), 1)
  }
}
