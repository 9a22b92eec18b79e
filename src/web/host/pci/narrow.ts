/** Which of a host's devices are shown: by words, by the probe's filter, by state. Pure. */
import { type Filter, parseFilter, passes } from '../../../../probes/pci/filter.ts'
import type { DeviceView } from '../../api/documents.ts'
import { wordsOf } from '../../api/problem.ts'
import { deviceName, deviceType } from '../../parts/device-name.ts'

export interface Narrowing {
  /** Words that all must be found in what is shown of a device. */
  readonly words: string
  /** Null = all. */
  readonly filter: Filter | null
  /** None = all. */
  readonly states: readonly string[]
  /** What the host's filter leaves out, too. */
  readonly all: boolean
}

/** `[vendor]:[device][:class]` as it is typed; a filter that is wrong narrows nothing, and says which part of it is. */
export function filterOf(text: string): { readonly filter: Filter | null; readonly wrong: string | null } {
  if (text.trim() === '') return { filter: null, wrong: null }
  try {
    return { filter: parseFilter(text), wrong: null }
  } catch (error) {
    return { filter: null, wrong: wordsOf(error) }
  }
}

export const isNarrowed = ({ words, filter, states }: Narrowing): boolean =>
  words.trim() !== '' || filter !== null || states.length > 0

export function narrowed(devices: readonly DeviceView[], narrowing: Narrowing): readonly DeviceView[] {
  const { filter, states, all } = narrowing
  const words = narrowing.words.toLowerCase().split(/\s+/).filter(Boolean)
  return devices.filter(
    (device) =>
      (all || device.offered) &&
      (states.length === 0 || states.includes(device.state)) &&
      (filter === null || passes(filter, idsOf(device))) &&
      words.every((word) => textOf(device).includes(word)),
  )
}

export const idsOf = ({ vendor, device, class: classId, progIf }: DeviceView) => ({
  vendorId: vendor,
  deviceId: device,
  classId,
  progIf,
})

/** What a person sees of it, or may know it by. */
function textOf(device: DeviceView): string {
  const { address, driver, kind, why, className, identity, networkInterfaces, vm } = device
  const parts = [address, deviceType(device), deviceName(device), driver, kind, why, className, identity]
  return [...parts, ...networkInterfaces, vm === null ? null : `vm ${vm}`]
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase()
}
