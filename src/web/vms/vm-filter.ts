/** Which of the VMs are shown: by state, host, owner and words. Pure. */
import type { VmState, VmSummary } from '../api/documents.ts'

export interface VmFilter {
  /** Empty = every state. */
  readonly states: ReadonlySet<string>
  /** A host's or user's name; '' = any. */
  readonly host: string
  readonly owner: string
  /** Words, all of which a VM must have somewhere. */
  readonly text: string
}

/** In the place of an owner's name: VMs that no user has. */
export const NO_OWNER = '-'

/** What is left, and how many there are in each state of what the rest of the filter leaves. */
export function filterVms(
  vms: readonly VmSummary[],
  filter: VmFilter,
): { readonly shown: readonly VmSummary[]; readonly counts: ReadonlyMap<VmState, number> } {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const counts = new Map<VmState, number>()
  const shown = vms.filter((vm) => {
    if (filter.host !== '' && vm.hostName !== filter.host) return false
    if (filter.owner !== '' && (vm.owner ?? NO_OWNER) !== filter.owner) return false
    if (words.length > 0 && !hasAll(vm, words)) return false
    counts.set(vm.state, (counts.get(vm.state) ?? 0) + 1)
    return filter.states.size === 0 || filter.states.has(vm.state)
  })
  return { shown, counts }
}

function hasAll(vm: VmSummary, words: readonly string[]): boolean {
  const devices = vm.devices.map(({ address, type, name }) => `${address} ${type} ${name ?? ''}`)
  const usb = vm.usb.map(({ port, id, name }) => `usb ${port} ${id} ${name ?? ''}`)
  const facts = [vm.id, vm.name, vm.owner ?? '', vm.hostName ?? '', vm.message ?? '', ...devices, ...usb]
  const text = facts.join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Each once, as people sort them. */
export function valuesOf(vms: readonly VmSummary[], value: (vm: VmSummary) => string | null): string[] {
  const found = new Set(vms.map(value).filter((one) => one !== null))
  return [...found].sort(new Intl.Collator('en', { numeric: true }).compare)
}
