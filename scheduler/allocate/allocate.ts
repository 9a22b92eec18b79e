/** Which devices of one host a VM gets: exact, deterministic, one algorithm for "would it fit?" and for placing. */
import type { Allocation } from '../../src/model/snapshot.ts'
import type { Worth } from './catalog.ts'
import type { DeviceTable } from './device-table.ts'
import { heldWith } from './device-table.ts'
import { nodesOf, onNode, type Problem, stateProblem } from './problem.ts'
import { compareOptional, compareSolutions, type SearchOutcome, type Solution, search } from './search.ts'
import type { Shape } from './shape.ts'

/** Positions in the device table, passed and held, ascending. */
export interface Fit {
  readonly solution: Solution
  readonly passed: readonly number[]
  readonly held: readonly number[]
}

/** `search-limit`: the bounded search for FUNCTIONS = "ALL" ended before anything was found. */
export type Misfit = 'infeasible' | 'search-limit'

/**
 * Finds devices of one host for `vm`'s requests, or says why there are none.
 *
 * Exact: when every required request can be served, it is. Optional requests then get as many devices as possible,
 * earlier blocks first. NUMA "required": everything given is on one node; "preferred": on one node where that costs no
 * block a device. Among equals a fixed preference decides: devices in groups of which the VM has a part already,
 * devices that fewer other requests could use, fewer group mates dragged along, lower address.
 */
export function allocate(table: DeviceTable, shape: Shape, vm: number, worth: Worth): Fit | Misfit {
  const problem = stateProblem(table, shape, vm, worth)
  const outcome = shape.numaPolicy === 'required' ? bestNode(problem) : anywhere(problem)
  if (outcome === 'limit') return 'search-limit'
  if (outcome === 'infeasible') return outcome
  const passed = outcome.given.flat().sort((a, b) => a - b)
  return { solution: outcome, passed, held: heldWith(table, passed) }
}

function anywhere(problem: Problem): SearchOutcome {
  const outcome = search(problem)
  if (typeof outcome === 'string') return outcome
  if (problem.shape.numaPolicy !== 'preferred' || nodesOf(problem).length < 2) return outcome
  const single = bestNode(problem)
  return typeof single === 'object' && compareOptional(single, outcome) <= 0 ? single : outcome
}

/** The best solution over the nodes; ties go to the lowest. Devices without a node alone are a node of their own. */
function bestNode(problem: Problem): SearchOutcome {
  const nodes = nodesOf(problem)
  if (nodes.length === 0) return search(problem)
  let best: Solution | null = null
  let limited = false
  for (const node of nodes) {
    const outcome = search(onNode(problem, node))
    if (outcome === 'limit') limited = true
    if (typeof outcome === 'object' && (best === null || compareSolutions(outcome, best) < 0)) best = outcome
  }
  return best ?? (limited ? 'limit' : 'infeasible')
}

/** The allocation as others know it: requests by their index in the template, sorted by request, then address. */
export function toAllocation(table: DeviceTable, shape: Shape, fit: Fit): Allocation {
  const address = (position: number) => table.devices[position]?.address ?? []
  const devices = fit.solution.given.flatMap((positions, request) =>
    [...positions]
      .sort((a, b) => a - b)
      .flatMap(address)
      .map((given) => ({ request: shape.requests[request]?.index ?? request, address: given })),
  )
  return { devices, held: fit.held.flatMap(address) }
}
