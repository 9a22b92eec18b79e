/** What the page's address asks for: `?name=gpu&cluster=a&state=on&filter=10de:&devices=free`. */
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { DeviceState } from '../api/documents.ts'
import { DEVICE_STATES } from '../parts/device-state.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { deviceFilter } from './device-filter.ts'
import type { Wanted } from './narrowed.ts'

/** All that narrows, by its name in the address. */
export const NARROWING = ['name', 'cluster', 'state', 'filter', 'devices'] as const

export function useWanted(): Wanted {
  const [name] = useSearchParam('name')
  const [cluster] = useSearchParam('cluster')
  const [state] = useSearchParam('state')
  const [filter] = useSearchParam('filter')
  return useMemo(
    () => ({ name, cluster, state, devices: deviceFilter(filter) }),
    [name, cluster, state, filter],
  )
}

/** Null = any; a word that is no state is none. */
export function useDeviceState(): readonly [DeviceState | null, (state: DeviceState | null) => void] {
  const [text, setText] = useSearchParam('devices')
  return [isState(text) ? text : null, (state) => setText(state ?? '')]
}

const isState = (text: string): text is DeviceState => Object.hasOwn(DEVICE_STATES, text)

export function useShowAll(): () => void {
  const [, setSearch] = useSearchParams()
  return () =>
    setSearch(
      (before) => {
        for (const one of NARROWING) before.delete(one)
        return before
      },
      { replace: true },
    )
}
