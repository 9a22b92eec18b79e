/** Changes that would let a VM go to a host. Codes and facts here; src/view puts them into words. Codes are listed in docs/errors.md. */
import type { Address } from './address.ts'
import type { CheckId } from './readiness.ts'

/** What of a VM or domain is wanted; none = cores and memory. */
export interface InTheWay {
  readonly addresses: readonly Address[]
  /** Of USB devices. */
  readonly ports: readonly string[]
}

export type Change =
  | { readonly code: 'enable-host' }
  /** It is unknown or off. */
  | { readonly code: 'revive-host' }
  /** The VM was sent to another host, and is to be sent here. */
  | { readonly code: 'send-here' }
  /** The VM is on hold: whatever the host, so the scheduler never names it. */
  | { readonly code: 'release-vm' }
  /** So that it can pass PCI devices; absent = none of its devices is in an IOMMU group. */
  | { readonly code: 'prepare-host'; readonly missing?: readonly CheckId[] }
  | { readonly code: 'install-firmware' }
  /** The VM's own SCHED_REQUIREMENTS. */
  | { readonly code: 'relax-requirements' }
  /** The VM's own PCI_NUMA_POLICY: preferred in the place of required. */
  | { readonly code: 'relax-numa' }
  /** What is missing, in hundredths of a core. */
  | { readonly code: 'free-cpu'; readonly missing: number }
  /** What is missing, in MiB. */
  | { readonly code: 'free-memory'; readonly missing: number }
  | { readonly code: 'undrain'; readonly address: Address }
  | { readonly code: 'clear-quarantine'; readonly address: Address }
  /** The host itself uses it: only an operator knows whether it can do without. */
  | { readonly code: 'allow-device'; readonly address: Address }
  /** A domain that is not a VM of this database holds what is wanted. */
  | ({ readonly code: 'end-domain'; readonly domain: string } & InTheWay)
  /** The host's filter leaves it out; `type` = vendor:device:class. */
  | { readonly code: 'offer-device'; readonly address: Address; readonly type: string }
  /** 0 = it has none, and is to have some: the wish alone goes. */
  | { readonly code: 'remove-vfs'; readonly address: Address; readonly vfs: number }
  | ({ readonly code: 'stop-vm'; readonly vm: number } & InTheWay)
  /** The VM is ending, and gives back what it has: nothing but time is needed. */
  | ({ readonly code: 'await-vm'; readonly vm: number } & InTheWay)
  | { readonly code: 'detach-usb'; readonly vm: number; readonly port: string }
  /** The VM's own PCI block: so many less than its COUNT. */
  | { readonly code: 'ask-for-fewer'; readonly request: number; readonly fewer: number }

export type ChangeCode = Change['code']

/** A VM on a host, as far as ending it would help another. */
export interface Tenant {
  readonly vm: number
  /** Hundredths of a core. */
  readonly cpu: number
  readonly memoryMiB: number
  /** It is being ended already. */
  readonly leaving: boolean
}

/** What lets a VM go to one host. */
export interface Remedy {
  readonly changes: readonly Change[]
  /** Sum of the changes' costs (scheduler/remedy/cost.ts). */
  readonly cost: number
  /** No set of changes that was thought of costs less; false = none of these can be left out, and no more is known. */
  readonly exact: boolean
}
