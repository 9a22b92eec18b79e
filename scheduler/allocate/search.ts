/**
 * The best assignment for one problem. Without FUNCTIONS = "ALL" that is one matching. With it, slots are chosen first,
 * by kinds of slots, exhaustively, and each choice is completed by a matching: choosing slots against single devices is
 * a packing problem, exponential in the number of FUNCTIONS = "ALL" blocks times slot kinds. Both are small in
 * practice; the bound is there for what nobody foresaw, and hitting it without a solution is told, not hidden.
 */
import { type Candidate, fill, startMatching, wantOneMore } from './matching.ts'
import { type Problem, type Slot, worthAt } from './problem.ts'

export interface Solution {
  /** Device positions by request position. */
  readonly given: readonly (readonly number[])[]
  /** Optional devices in all, and by request (0 for required ones). */
  readonly optional: number
  readonly optionalOf: readonly number[]
  /** Worth to others of what is given; less is better. */
  readonly cost: number
}

/** `limit` = the bound was hit before anything was found. */
export type SearchOutcome = Solution | 'infeasible' | 'limit'

/** Completed choices and steps between them that one search may cost, a matching counting as 16 steps. */
const BUDGET = 65_536

/** Better = more optional devices, then earlier blocks, then what others need less. */
export function compareSolutions(a: Solution, b: Solution): number {
  return compareOptional(a, b) || a.cost - b.cost
}

/** Better = more optional devices, then earlier blocks; what the template asks for, before any preference. */
export function compareOptional(a: Solution, b: Solution): number {
  if (a.optional !== b.optional) return b.optional - a.optional
  for (const [request, count] of a.optionalOf.entries()) {
    const other = b.optionalOf[request] ?? 0
    if (count !== other) return other - count
  }
  return 0
}

export function search(problem: Problem): SearchOutcome {
  if (problem.shape.slotRequests.length === 0) return complete(problem, []) ?? 'infeasible'
  return searchSlots(problem)
}

interface SlotKind {
  readonly slots: readonly Slot[]
  readonly serves: readonly number[]
  /** Slots chosen so far; they are the first ones. */
  used: number
}

interface Choice {
  readonly request: number
  readonly slot: Slot
}

interface Walk {
  readonly problem: Problem
  readonly kinds: readonly SlotKind[]
  readonly chosen: Choice[]
  readonly most: readonly number[]
  budget: number
  best: Solution | null
  done: boolean
}

function searchSlots(problem: Problem): SearchOutcome {
  const byKind = new Map<string, Slot[]>()
  for (const slot of problem.slots) {
    const list = byKind.get(slot.kind)
    if (list) list.push(slot)
    else byKind.set(slot.kind, [slot])
  }
  const kinds = [...byKind.values()].map((slots) => ({ slots, serves: slots[0]?.serves ?? [], used: 0 }))
  const walk: Walk = {
    problem,
    kinds,
    chosen: [],
    most: mostOptional(problem),
    budget: BUDGET,
    best: null,
    done: false,
  }
  if (complete(problem, []) === null) return 'infeasible'
  chooseBlock(walk, 0)
  return walk.best ?? (walk.budget <= 0 ? 'limit' : 'infeasible')
}

/** No assignment gives an optional request more than this; reaching it everywhere ends the search. */
function mostOptional(problem: Problem): readonly number[] {
  return problem.shape.requests.map((request, position) => {
    if (!request.optional) return 0
    if (!request.allFunctions) return request.count
    const sizes = problem.slots.filter((s) => s.serves.includes(position)).map((s) => s.functions.length)
    return sizes
      .sort((a, b) => b - a)
      .slice(0, request.count)
      .reduce((sum, size) => sum + size, 0)
  })
}

/** Chooses slots for the `block`-th FUNCTIONS = "ALL" request and those after it. */
function chooseBlock(walk: Walk, block: number): void {
  const request = walk.problem.shape.slotRequests[block]
  if (request === undefined) {
    finish(walk)
    return
  }
  chooseKind(walk, block, request, 0, walk.problem.shape.requests[request]?.count ?? 0)
}

function chooseKind(walk: Walk, block: number, request: number, at: number, left: number): void {
  walk.budget -= 1
  if (walk.done || walk.budget <= 0) return
  const optional = walk.problem.shape.requests[request]?.optional === true
  const kind = walk.kinds[at]
  if (left === 0 || (kind === undefined && optional)) {
    chooseBlock(walk, block + 1)
    return
  }
  if (kind === undefined || (!optional && slotsFor(walk, request, at) < left)) return
  const available = kind.serves.includes(request) ? Math.min(left, kind.slots.length - kind.used) : 0
  for (let take = available; take >= 0; take--) {
    const slots = kind.slots.slice(kind.used, kind.used + take)
    for (const slot of slots) walk.chosen.push({ request, slot })
    kind.used += take
    chooseKind(walk, block, request, at + 1, left - take)
    kind.used -= take
    walk.chosen.length -= take
  }
}

function slotsFor(walk: Walk, request: number, from: number): number {
  let count = 0
  for (const kind of walk.kinds.slice(from))
    if (kind.serves.includes(request)) count += kind.slots.length - kind.used
  return count
}

function finish(walk: Walk): void {
  walk.budget -= 16
  const solution = complete(walk.problem, walk.chosen)
  if (solution === null) return
  if (walk.best === null || compareSolutions(solution, walk.best) < 0) walk.best = solution
  walk.done = walk.most.every((most, request) => walk.best?.optionalOf[request] === most)
}

/** The single devices that go with these slots; null = a required request cannot be served. */
function complete(problem: Problem, choices: readonly Choice[]): Solution | null {
  const { shape } = problem
  const spent = new Set(choices.flatMap(({ slot }) => slot.functions))
  const candidates: readonly Candidate[] =
    spent.size === 0 ? problem.candidates : problem.candidates.filter((c) => !spent.has(c.position))
  const wanted = shape.requests.map((r) => (r.optional || r.allFunctions ? 0 : r.count))
  const matching = startMatching(
    candidates,
    wanted,
    choices.flatMap(({ slot }) => slot.groups),
  )
  if (!fill(matching)) return null
  shape.requests.forEach((request, position) => {
    if (!request.optional || request.allFunctions) return
    for (let n = 0; n < request.count; n++) if (!wantOneMore(matching, position)) break
  })
  const given = matching.assigned.map((assigned) => assigned.map((c) => c.position))
  for (const { request, slot } of choices) given[request]?.push(...slot.functions)
  return appraise(problem, given)
}

function appraise(problem: Problem, given: readonly number[][]): Solution {
  const optionalOf = given.map((list, position) =>
    problem.shape.requests[position]?.optional ? list.length : 0,
  )
  return {
    given,
    optionalOf,
    optional: optionalOf.reduce((sum, count) => sum + count, 0),
    cost: given.flat().reduce((sum, position) => sum + worthAt(problem.table, problem.worth, position), 0),
  }
}
