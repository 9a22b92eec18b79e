/** One run of each probe: what is read together, and which pieces of the report come of it. */
import { readCapacity } from '../../probes/capacity/capacity.ts'
import { type FoundDomains, probeDevices, probeDomains, probeReadiness } from '../../probes/pieces.ts'
import type { ProbePeriods } from '../model/agent-protocol.ts'
import type { Device } from '../model/device.ts'
import { devicesToDocument } from '../model/host-report-document.ts'
import { usbToDocument } from '../model/usb-document.ts'
import { type HostAccess, probeOf } from './agent.ts'
import type { FoundPieces } from './picture.ts'

export type ProbeKind = keyof ProbePeriods

/** In the order in which they run: readiness is judged from what the others found. */
export const PROBE_KINDS: readonly ProbeKind[] = ['devices', 'domains', 'capacity', 'readiness']

export interface Passes {
  /** Throws what the probes throw. `warn` hears what went wrong without stopping it. */
  run(kind: ProbeKind, filter: string | null, warn: (message: string) => void): Promise<FoundPieces>
  /** Monotonic: when the domains were asked for last. */
  observedAt(): number
  /** Why libvirt did not tell of its domains the last time: a code; null = it did. */
  silence(): string | null
}

/** `monotonic` in ms. */
export function createPasses(access: HostAccess, monotonic: () => number): Passes {
  let observedAt = Number.NEGATIVE_INFINITY
  let found: FoundDomains = { domains: null, failure: null }
  let all: readonly Device[] | null = null
  /** An older picture than it is thought to be is of no harm, a newer one is. */
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    const at = monotonic()
    const result = await work()
    observedAt = at
    return result
  }
  return {
    observedAt: () => observedAt,
    silence: () => found.failure?.code ?? null,
    run: async (kind, filter, warn) => {
      const probe = probeOf(access, filter, warn)
      switch (kind) {
        case 'devices': {
          const seen = await asked(() => probeDevices(probe))
          ;({ all, found } = seen)
          const { devices, usage, usb } = seen
          return {
            ...{ devices: devicesToDocument(devices), usage, usb: usb.map(usbToDocument) },
            domains: found.domains,
          }
        }
        case 'domains':
          found = await asked(() => probeDomains(probe))
          return { domains: found.domains }
        case 'capacity':
          return { capacity: readCapacity(probe.sysfs, probe.proc) }
        case 'readiness':
          return { readiness: probeReadiness(probe, all, found.failure) }
      }
    },
  }
}
