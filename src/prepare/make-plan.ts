/** Reads the host below a root and makes the plan for it. */
import type { Warn } from '../../probes/read.ts'
import type { Need } from '../model/readiness.ts'
import type { Choices } from './choices.ts'
import { chosenDevices } from './chosen.ts'
import { readHostDevices } from './host-devices.ts'
import { readHostFiles } from './host-files.ts'
import { type HostPlan, planOf } from './plan.ts'

/** Errors: those of `planOf`, `chosenDevices` and of reading. */
export function makePlan(root: string, needs: readonly Need[], choices: Choices, warn: Warn): HostPlan {
  const names = choices.devices.length + choices.ids.length + choices.blacklist.length
  // A root that is not running has no sysfs; where no device is named, none is needed.
  const host = names === 0 ? { devices: [], usage: [] } : readHostDevices(root, warn)
  return planOf(readHostFiles(root), needs, choices, chosenDevices(host, choices))
}
