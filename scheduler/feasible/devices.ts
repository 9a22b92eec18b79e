/** Why a host's devices do not suffice: the facts behind an allocation that failed, for people. */
import { obstacle } from '../../src/model/assignable.ts'
import { HOLDERS_NAMED, type Obstacle, type Refusal, type RequestShortage } from '../../src/model/refusal.ts'
import type { Request } from '../../src/model/request.ts'
import { allocate, type Misfit } from '../allocate/allocate.ts'
import { indifferent } from '../allocate/catalog.ts'
import { arranged, type DeviceTable, freeFor } from '../allocate/device-table.ts'
import { compileShape, type Shape } from '../allocate/shape.ts'
import { matches } from '../request/match.ts'

/**
 * Puts a failed allocation into facts. The first required request (in template order) that the host could not even
 * serve alone gives the code; if each could be, it is the combination, the NUMA node or the bound of the search.
 */
export function deviceRefusal(table: DeviceTable, shape: Shape, vm: number, misfit: Misfit): Refusal {
  return shortageOf(table, shape, vm) ?? combinationRefusal(table, shape, vm, misfit)
}

/** The refusal where some required request could not even be served alone: found without the allocator. Null = each could. */
export function shortageOf(table: DeviceTable, shape: Shape, vm: number): Refusal | null {
  const free = freeFor(table, vm)
  for (const request of shape.requests)
    if (!request.optional && countFree(table, request, free) < request.count)
      return shortage(table, request, vm, free)
  return null
}

/** The refusal where each request could be served alone. */
export function combinationRefusal(table: DeviceTable, shape: Shape, vm: number, misfit: Misfit): Refusal {
  if (misfit === 'search-limit') return { code: 'search-limit' }
  if (shape.numaPolicy === 'required' && fitsWithoutNuma(table, shape, vm)) return { code: 'numa' }
  return { code: 'combination', ...totals(table, shape, freeFor(table, vm)) }
}

/** Devices, or slots for FUNCTIONS = "ALL", that the request could have. */
function countFree(table: DeviceTable, request: Request, free: readonly boolean[]): number {
  if (request.allFunctions) return slotUnits(table, request).filter((unit) => isFree(unit, free)).length
  let count = 0
  for (const [position, device] of table.devices.entries())
    if (free[position] && matches(request, device)) count += 1
  return count
}

function fitsWithoutNuma(table: DeviceTable, shape: Shape, vm: number): boolean {
  const required = shape.requests.filter((request) => !request.optional)
  return typeof allocate(table, compileShape(required, 'none'), vm, indifferent()) === 'object'
}

/** Devices that required requests want together, and free devices that fit any of them. */
function totals(
  table: DeviceTable,
  shape: Shape,
  free: readonly boolean[],
): { wanted: number; free: number } {
  const required = shape.requests.filter((request) => !request.optional)
  const fitting = table.devices.filter((d, position) => free[position] && required.some((r) => matches(r, d)))
  return { wanted: required.reduce((sum, r) => sum + r.count, 0), free: fitting.length }
}

/** One device, or one slot for FUNCTIONS = "ALL": the devices that the selector finds, and all that must be free with them. */
interface Unit {
  readonly matched: readonly number[]
  readonly needed: readonly number[]
}

function isFree({ needed }: Unit, free: readonly boolean[]): boolean {
  return needed.every((position) => free[position])
}

/** What keeps the devices of these units from the VM, by position. */
function obstaclesOf(
  table: DeviceTable,
  units: readonly Unit[],
  vm: number,
  free: readonly boolean[],
): ReadonlyMap<number, Obstacle> {
  const obstacles = new Map<number, Obstacle>()
  for (const position of units.flatMap((unit) => unit.needed)) {
    const device = table.devices[position]
    if (free[position] || device === undefined) continue
    const found = obstacle(arranged(table), device, vm)
    if (found !== null) obstacles.set(position, found)
  }
  return obstacles
}

function deviceUnits(table: DeviceTable, request: Request): Unit[] {
  return table.devices.flatMap((device, position) =>
    matches(request, device) ? [{ matched: [position], needed: [position] }] : [],
  )
}

function slotUnits(table: DeviceTable, request: Request): Unit[] {
  return table.layout.slots.flatMap((functions) => {
    const matched = functions.filter((position) => {
      const device = table.devices[position]
      return device !== undefined && matches(request, device)
    })
    return matched.length === 0 ? [] : [{ matched, needed: functions }]
  })
}

function shortage(table: DeviceTable, request: Request, vm: number, free: readonly boolean[]): Refusal {
  const units = request.allFunctions ? slotUnits(table, request) : deviceUnits(table, request)
  const obstacles = obstaclesOf(table, units, vm, free)
  const blocked = [...obstacles].sort(([a], [b]) => a - b)
  const holders = new Set(blocked.flatMap(([, why]) => holderOf(why)))
  const [position, why] = blocked.find(([, o]) => !isClaim(o) && !isNever(o)) ??
    blocked.find(([, o]) => !isClaim(o)) ?? [undefined, undefined]
  const device = position === undefined ? undefined : table.devices[position]
  const facts: RequestShortage = {
    request: request.index,
    wanted: request.count,
    free: units.filter((unit) => isFree(unit, free)).length,
    fitting: units.length,
    heldBy: [...holders].sort((a, b) => a - b).slice(0, HOLDERS_NAMED + 1),
    example: device === undefined || why === undefined ? null : { address: device.address, obstacle: why },
  }
  return { code: shortageCode(units, obstacles, request, facts), ...facts }
}

type ShortageCode = Extract<Refusal, RequestShortage>['code']

function shortageCode(
  units: readonly Unit[],
  obstacles: ReadonlyMap<number, Obstacle>,
  request: Request,
  facts: RequestShortage,
): ShortageCode {
  if (units.length === 0) return 'no-such-device'
  const never = (position: number) => {
    const why = obstacles.get(position)
    return why !== undefined && isNever(why)
  }
  if (units.every((unit) => unit.matched.every(never))) return 'never-assignable'
  const waitable = units.filter((unit) => unit.needed.every((p) => isClaim(obstacles.get(p) ?? null)))
  if (waitable.length >= request.count || facts.example === null) return 'not-enough-free'
  const halves = units.some(
    (u) => u.matched.some((p) => !obstacles.has(p)) && u.needed.some((p) => obstacles.has(p)),
  )
  return halves ? 'functions' : codeOf(facts.example.obstacle)
}

/** True for a free device too: nothing but VMs stands in the way. */
function isClaim(why: Obstacle | null): boolean {
  return why === null || why.code === 'claimed' || why.code === 'parent-claimed'
}

function isNever(why: Obstacle): boolean {
  return why.code === 'bridge' || why.code === 'chipset' || why.code === 'not-offered'
}

function holderOf(why: Obstacle): number[] {
  return why.code === 'claimed' || why.code === 'parent-claimed' || why.code === 'usb-in-use' ? [why.vm] : []
}

function codeOf(why: Obstacle): ShortageCode {
  switch (why.code) {
    case 'drained':
    case 'quarantined':
      return 'device-out-of-service'
    case 'bridge':
    case 'chipset':
    case 'not-offered':
      return 'never-assignable'
    case 'claimed':
    case 'parent-claimed':
      return 'not-enough-free'
    default:
      return why.code
  }
}
