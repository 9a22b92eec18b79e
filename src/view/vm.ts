/** VMs as people see them: `vm list` and `vm show`. */
import { compareAddresses } from '../model/address.ts'
import type { Claim } from '../model/claim.ts'
import type { Vm } from '../model/vm.ts'
import { vmDeviceView } from './device.ts'
import type { VmSummary, VmView } from './documents.ts'
import type { HeldDevice } from './inventory.ts'
import { isoTime } from './time.ts'
import { type InventoryUsbDevice, vmUsbView } from './usb.ts'

/** A VM and what belongs to it. */
export interface VmFacts {
  readonly vm: Vm & { readonly owner: string | null }
  /** Null while it is on no host. */
  readonly hostName: string | null
  /** Of the template's definition: hundredths of a core. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly claims: readonly {
    readonly claim: Claim
    readonly device: HeldDevice
    /** The running VM is to let go of it. */
    readonly detaching?: boolean
  }[]
  /** By request; absent = none. */
  readonly usb?: readonly { readonly request: number; readonly device: InventoryUsbDevice }[]
}

/** One row of `vm list`; passed devices first, by request, then address. */
export function vmSummary(facts: VmFacts): VmSummary {
  const { vm, hostName, cpu, memoryMiB } = facts
  return {
    id: vm.id,
    name: vm.name,
    owner: vm.owner,
    state: vm.state,
    priority: vm.priority,
    host: vm.host,
    hostName,
    cpu,
    memoryMiB,
    devices: [...facts.claims]
      .sort((a, b) => compareClaims(a.claim, b.claim))
      .map(({ claim, device, detaching }) => {
        const { id, name, state } = vm
        return vmDeviceView(claim, device, {
          ...{ vm: id, vmName: name, vmState: state, role: claim.role, detaching: detaching === true },
        })
      }),
    usb: (facts.usb ?? []).map(({ request, device }) =>
      vmUsbView(request, device, { vm: vm.id, vmName: vm.name, vmState: vm.state }),
    ),
    message: vm.message,
    createdAt: isoTime(vm.createdAt),
  }
}

/** `vm show`. `history` is what happened to it, oldest first, in ms since the epoch. */
export function vmView(
  facts: VmFacts,
  history: readonly { readonly at: number; readonly what: string }[],
  more: Pick<VmView, 'moving' | 'firmware'>,
): VmView {
  const { vm } = facts
  return {
    ...vmSummary(facts),
    epoch: vm.epoch,
    failures: vm.failures,
    ...more,
    template: vm.template,
    history: history.map(({ at, what }) => ({ at: isoTime(at), what })),
  }
}

function compareClaims(a: Claim, b: Claim): number {
  const requests = (a.request ?? Number.MAX_SAFE_INTEGER) - (b.request ?? Number.MAX_SAFE_INTEGER)
  return requests === 0 ? compareAddresses(a.address, b.address) : requests
}
