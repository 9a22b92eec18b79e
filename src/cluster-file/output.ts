/** A plan as `berth plan` prints it: sorted, refusals expanded to one reason for each host (contracts.md). */
import type { Placement, Plan, Rejection } from '../model/snapshot.ts'
import { refusalMessage, waitingMessage } from '../view/refusal.ts'

export interface PlanDocument {
  readonly placements: readonly {
    readonly vm: number
    readonly host: number
    readonly devices: readonly { readonly request: number; readonly address: string }[]
    /** Only where the VM asks for some. */
    readonly usb?: readonly {
      readonly request: number
      readonly bus: number
      readonly device: number
      readonly port: string
    }[]
  }[]
  readonly rejections: readonly PlanRejection[]
}

export interface PlanRejection {
  readonly vm: number
  readonly message: string
  /** By host id; empty for a VM whose template is invalid. */
  readonly reasons: readonly { readonly host: number; readonly code: string; readonly message: string }[]
}

/** A plan whose rejections are expanded one by one: 10,000 VMs refused by 10,000 hosts are 100 million reasons. */
export interface PlanOutput {
  readonly placements: PlanDocument['placements']
  readonly rejections: Iterable<PlanRejection>
}

/** Both lists by VM id. `unreadable` = VMs whose template is invalid. */
export function planOutput(
  plan: Plan,
  unreadable: readonly { readonly vm: number; readonly message: string }[],
  hostCount: number,
): PlanOutput {
  return {
    placements: plan.placements.map(placementOf).sort((a, b) => a.vm - b.vm),
    rejections: expand([...plan.rejections, ...unreadable], hostCount),
  }
}

function* expand(
  rejections: readonly (Rejection | { readonly vm: number; readonly message: string })[],
  hostCount: number,
): Iterable<PlanRejection> {
  for (const rejection of [...rejections].sort((a, b) => a.vm - b.vm))
    yield 'message' in rejection
      ? { vm: rejection.vm, message: rejection.message, reasons: [] }
      : rejectionOf(rejection, hostCount)
}

/** The pieces of the JSON document. */
export function* jsonOf(plan: PlanOutput): Iterable<string> {
  yield `{"placements":${JSON.stringify(plan.placements)},"rejections":[`
  let comma = ''
  for (const rejection of plan.rejections) {
    yield comma + JSON.stringify(rejection)
    comma = ','
  }
  yield ']}\n'
}

/** Held mates are no rows: the VM does not get them. */
function placementOf({ vm, host, devices, usb }: Placement): PlanDocument['placements'][number] {
  return {
    ...{ vm, host, devices: devices.map(({ request, address }) => ({ request, address })) },
    ...(usb !== undefined && {
      usb: usb.map(({ request, bus, device, port }) => ({ request, bus, device, port })),
    }),
  }
}

function rejectionOf(rejection: Rejection, hostCount: number): PlanRejection {
  const reasons = rejection.refusals.flatMap(({ hosts, refusal }) => {
    const message = refusalMessage(refusal)
    return hosts.map((host) => ({ host, code: refusal.code, message }))
  })
  return {
    vm: rejection.vm,
    message: waitingMessage(rejection, hostCount),
    reasons: reasons.sort((a, b) => a.host - b.host),
  }
}
