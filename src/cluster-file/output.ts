/** A plan as `berth plan` prints it: sorted, refusals expanded to one reason for each host (contracts.md). */
import type { Placement, Plan, Rejection } from '../model/snapshot.ts'
import { refusalMessage, waitingMessage } from '../view/refusal.ts'

export interface PlanDocument {
  readonly placements: readonly {
    readonly vm: number
    readonly host: number
    readonly devices: readonly { readonly request: number; readonly address: string }[]
  }[]
  readonly rejections: readonly PlanRejection[]
}

export interface PlanRejection {
  readonly vm: number
  readonly message: string
  /** By host id; empty for a VM whose template is invalid. */
  readonly reasons: readonly { readonly host: number; readonly code: string; readonly message: string }[]
}

export function planDocumentOf(
  plan: Plan,
  unreadable: readonly { readonly vm: number; readonly message: string }[],
  hostCount: number,
): PlanDocument {
  const refused = plan.rejections.map((rejection) => rejectionOf(rejection, hostCount))
  const invalid = unreadable.map(({ vm, message }) => ({ vm, message, reasons: [] }))
  return {
    placements: plan.placements.map(placementOf).sort((a, b) => a.vm - b.vm),
    rejections: [...refused, ...invalid].sort((a, b) => a.vm - b.vm),
  }
}

/** Held mates are no rows: the VM does not get them. */
function placementOf({ vm, host, devices }: Placement): PlanDocument['placements'][number] {
  return { vm, host, devices: devices.map(({ request, address }) => ({ request, address })) }
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
