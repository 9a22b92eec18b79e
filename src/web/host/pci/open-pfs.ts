/** Which physical functions show their VFs: small ones do, large ones when they are asked to. */
import { useCallback, useMemo, useState } from 'react'
import type { DeviceView } from '../../api/documents.ts'
import { asTree, vfCounts } from './tree.ts'

/** More VFs push everything else out of sight. */
const OPEN_UP_TO = 16

export interface DeviceTree {
  /** PFs of which VFs are shown or could be, and how many. */
  readonly counts: ReadonlyMap<string, number>
  isOpen(pf: string): boolean
  toggle(pf: string): void
  toggleAll(open: boolean): void
  readonly arrange: (sorted: readonly DeviceView[]) => readonly DeviceView[]
}

/** `searched`: what was looked for is not hidden in a PF that is closed. */
export function useDeviceTree(devices: readonly DeviceView[], searched: boolean): DeviceTree {
  const [asked, setAsked] = useState<ReadonlyMap<string, boolean>>(new Map())
  const counts = useMemo(() => vfCounts(devices), [devices])
  const isOpen = useCallback(
    (pf: string) => asked.get(pf) ?? (searched || (counts.get(pf) ?? 0) <= OPEN_UP_TO),
    [asked, searched, counts],
  )
  const arrange = useCallback((sorted: readonly DeviceView[]) => asTree(sorted, isOpen), [isOpen])
  return useMemo(
    () => ({
      counts,
      isOpen,
      toggle: (pf) => setAsked((before) => new Map(before).set(pf, !isOpen(pf))),
      toggleAll: (open) => setAsked(new Map([...counts.keys()].map((pf) => [pf, open]))),
      arrange,
    }),
    [counts, isOpen, arrange],
  )
}
