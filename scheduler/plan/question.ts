/** VMs made ready for asking: shapes compiled once for all VMs that ask alike, with what was found out about them. */
import type { Requirement } from '../../src/model/expression.ts'
import type { Refusal } from '../../src/model/refusal.ts'
import type { NumaPolicy, Request } from '../../src/model/request.ts'
import type { PendingVm, SnapshotDevice } from '../../src/model/snapshot.ts'
import { allocate, type Fit, type Misfit } from '../allocate/allocate.ts'
import type { Worth } from '../allocate/catalog.ts'
import type { DeviceTable } from '../allocate/device-table.ts'
import { compileShape, requestsInOrder, type Shape, shapeKey } from '../allocate/shape.ts'
import { combinationRefusal, shortageOf } from '../feasible/devices.ts'
import { type Demand, demandOf, leastFree } from '../feasible/enough.ts'
import { compileRequirement, type HostTest } from '../feasible/requirement.ts'
import { matches, selectorKey } from '../request/match.ts'
import { usbSelectorKey } from '../request/match-usb.ts'
import type { OfferColumn } from './offer-column.ts'

/** A shape and its verdicts: one for each device state, whichever host and VM it was asked for. */
export interface Judged {
  readonly shape: Shape
  /** What hosts offer each request, in the shape's order; filled when first needed. */
  columns: readonly OfferColumn[]
  readonly fits: Map<number, Fit | Misfit>
  readonly demand: Demand | null
  /** By position in the shape. */
  readonly least: readonly number[]
  /** By device state where nothing is claimed (then it is the same on every host in that state), else by table. */
  readonly refusals: Map<number | DeviceTable, Refusal>
  /** What could not be placed anywhere: by requirement, the smallest CPU and memory asked for. */
  readonly hopeless: Map<string, { readonly cpu: number; readonly memoryMiB: number }[]>
  /** Whether it was asked if any host has the devices at all. */
  probed: boolean
}

export interface Question {
  readonly vm: PendingVm
  /** May go to any host, and holds no device of any yet: so it is judged like all that ask alike. */
  readonly isUsual: boolean
  readonly judged: Judged
  /** For hosts that may not pass devices: without the optional requests. */
  readonly bare: Judged
  readonly meets: HostTest | null
  readonly requirementKey: string
  /** Equal keys: the same demands on a host, requirement and firmware. */
  readonly hostKey: string
  readonly rankKey: string
  /** Equal keys: the same USB requests; '' = none. */
  readonly usbKey: string
}

/** Everything compiled in one plan. */
export interface Questions {
  readonly examples: readonly SnapshotDevice[]
  /** By selector: kinds of devices that it finds. */
  readonly kinds: Map<string, ReadonlySet<number>>
  readonly judged: Map<string, Judged>
  readonly tests: Map<string, HostTest>
}

/** `examples`: a device of each kind, by number. */
export function emptyQuestions(examples: readonly SnapshotDevice[]): Questions {
  return { examples, kinds: new Map(), judged: new Map(), tests: new Map() }
}

export function questionOf(questions: Questions, vm: PendingVm, isUsual: boolean): Question {
  const optional = vm.requests.some((request) => request.optional)
  const usbKey = vm.usb?.map(usbSelectorKey).join('|') ?? ''
  const judged = judgedOf(questions, requestsInOrder(vm.requests, 'all'), vm.numaPolicy, usbKey)
  const requirementKey = vm.requirement === null ? '' : JSON.stringify(vm.requirement)
  const firmwareKey = vm.uefi === true ? 'uefi ' : ''
  return {
    vm,
    isUsual,
    judged,
    bare: optional
      ? judgedOf(questions, requestsInOrder(vm.requests, 'required'), vm.numaPolicy, usbKey)
      : judged,
    meets: vm.requirement === null ? null : testOf(questions, requirementKey, vm.requirement),
    hostKey: firmwareKey + requirementKey,
    requirementKey,
    rankKey: vm.rank === null ? '' : JSON.stringify(vm.rank),
    usbKey,
  }
}

/** VMs that also want USB devices are judged apart: what none of them could be placed for may be enough for others. */
function judgedOf(
  questions: Questions,
  requests: readonly Request[],
  numaPolicy: NumaPolicy,
  usbKey: string,
): Judged {
  const key = shapeKey(requests, numaPolicy) + usbKey
  const known = questions.judged.get(key)
  if (known !== undefined) return known
  const shape = compileShape(requests, numaPolicy)
  const kindsOf = (request: Request): ReadonlySet<number> => kindsFor(questions, request)
  const judged: Judged = {
    shape,
    columns: [],
    demand: demandOf(shape, kindsOf),
    least: leastFree(shape, kindsOf),
    fits: new Map(),
    refusals: new Map(),
    hopeless: new Map(),
    probed: false,
  }
  questions.judged.set(key, judged)
  return judged
}

function kindsFor(questions: Questions, request: Request): ReadonlySet<number> {
  const anywhere = { ...request, selector: { ...request.selector, address: null } }
  const key = selectorKey(anywhere)
  const known = questions.kinds.get(key)
  if (known !== undefined) return known
  const found = questions.examples.flatMap((example, kind) => (matches(anywhere, example) ? [kind] : []))
  const kinds = new Set(found)
  questions.kinds.set(key, kinds)
  return kinds
}

function testOf(questions: Questions, key: string, requirement: Requirement): HostTest {
  const test = questions.tests.get(key) ?? compileRequirement(requirement)
  questions.tests.set(key, test)
  return test
}

/** The allocator's verdict, asked once for each device state; a VM that holds something on the host is asked by itself. */
export function fitOn(judged: Judged, table: DeviceTable, vm: number, worth: Worth): Fit | Misfit {
  if (table.holders.has(vm)) return allocate(table, judged.shape, vm, worth)
  const known = judged.fits.get(table.state)
  if (known !== undefined) return known
  const fit = allocate(table, judged.shape, vm, worth)
  judged.fits.set(table.state, fit)
  return fit
}

/** Why the host's devices do not do, worked out once for each table; null = they do. */
export function refusalOn(judged: Judged, table: DeviceTable, vm: number, worth: Worth): Refusal | null {
  if (table.holders.has(vm)) return findRefusal(judged, table, vm, worth)
  const key = table.holders.size === 0 ? table.state : table
  const known = judged.refusals.get(key)
  if (known !== undefined) return known
  const refusal = findRefusal(judged, table, vm, worth)
  if (refusal !== null) judged.refusals.set(key, refusal)
  return refusal
}

/** A shortage is found without the allocator: most refusals are one. */
function findRefusal(judged: Judged, table: DeviceTable, vm: number, worth: Worth): Refusal | null {
  const short = shortageOf(table, judged.shape, vm)
  if (short !== null) return short
  const misfit = fitOn(judged, table, vm, worth)
  return typeof misfit === 'string' ? combinationRefusal(table, judged.shape, vm, misfit) : null
}

/** Frees what was remembered for `fitOn` and `refusalOn`; it would be found again. */
export function forget({ fits, refusals }: Judged): void {
  fits.clear()
  refusals.clear()
}
