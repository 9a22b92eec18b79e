/** A sysfs whose writes do what Linux does, over a tree that Berth wrote; reads are those of any tree. */
import { dirname } from 'node:path'
import {
  ERRNO_WORDS,
  realSysfs,
  type Sysfs,
  WRITE_TIMEOUT_MS,
  writeFailure,
  writeTimeout,
} from '../vfio/sysfs.ts'
import {
  bindDriver,
  driverMatches,
  dynamicIds,
  matchingDriver,
  type Outcome,
  setDynamicIds,
  unbindDriver,
} from './binding.ts'
import { type Fault, faultFor, readFaults } from './faults.ts'
import type { PlacedFunction } from './layout.ts'
import { setNumVfs } from './sriov.ts'
import { type MachineState, machineState } from './state.ts'

/**
 * The simulated kernel of the tree at `root` (a simulated host's `sys`). Its state is the tree, so it survives the process and is
 * shared with others. `faults` are added to those that stand in the host's faults file. A hanging write is answered with
 * `sysfs-write-timeout` after the caller's time-out, as on a real host. `NotFound` `not-simulated` where there is no such tree.
 */
export function simulatedSysfs(root: string, faults: readonly Fault[] = []): Sysfs {
  const state = machineState(root)
  return {
    ...realSysfs(root),
    write: async (path, text, options) => {
      const outcome = store(state, path, text, [...faults, ...readFaults(dirname(root))])
      if (outcome === 'ok') return
      if (outcome !== 'hang') throw writeFailure(path, text, ERRNO_WORDS[outcome])
      const timeoutMs = options?.timeoutMs ?? WRITE_TIMEOUT_MS
      await new Promise((resolve) => setTimeout(resolve, timeoutMs))
      throw writeTimeout(path, text, timeoutMs)
    },
  }
}

interface Write {
  readonly state: MachineState
  /** What the path's pattern caught. */
  readonly subject: string
  readonly text: string
  readonly faults: readonly Fault[]
}

/** The files that can be written, and what the kernel does then. */
const STORES: readonly { readonly path: RegExp; readonly store: (write: Write) => Outcome }[] = [
  { path: /^bus\/pci\/drivers_probe$/, store: storeDriversProbe },
  { path: /^bus\/pci\/drivers\/([^/]+)\/bind$/, store: storeBind },
  { path: /^bus\/pci\/drivers\/([^/]+)\/unbind$/, store: storeUnbind },
  { path: /^bus\/pci\/drivers\/([^/]+)\/new_id$/, store: storeNewId },
  { path: /^bus\/pci\/drivers\/([^/]+)\/remove_id$/, store: storeRemoveId },
  { path: /^bus\/pci\/devices\/([^/]+)\/driver_override$/, store: onDevice(storeOverride) },
  { path: /^bus\/pci\/devices\/([^/]+)\/sriov_numvfs$/, store: onDevice(storeNumVfs) },
  { path: /^bus\/pci\/devices\/([^/]+)\/sriov_drivers_autoprobe$/, store: onDevice(storeAutoprobe) },
]

function store(state: MachineState, path: string, written: string, faults: readonly Fault[]): Outcome {
  if (!state.has(path)) return 'ENOENT'
  const text = written.replace(/\n$/, '')
  const through = /^bus\/pci\/devices\/([^/]+)\/driver\/([^/]+)$/.exec(path)
  const viaDevice = through?.[1] === undefined ? null : state.place(through[1])
  const driver = viaDevice === null ? null : state.driver(viaDevice)
  const plain = driver === null ? path : `bus/pci/drivers/${driver}/${through?.[2]}`
  for (const entry of STORES) {
    const match = entry.path.exec(plain)
    if (match) return written === '' ? 'ok' : entry.store({ state, subject: match[1] ?? '', text, faults })
  }
  return 'EACCES'
}

function onDevice(storeAt: (placed: PlacedFunction, write: Write) => Outcome) {
  return (write: Write): Outcome => {
    const placed = write.state.place(write.subject)
    return placed === null ? 'ENODEV' : storeAt(placed, write)
  }
}

/** drivers_probe_store: a driver that refuses in its probe function is no error; one that the core refuses is EINVAL. */
function storeDriversProbe({ state, text, faults }: Write): Outcome {
  const placed = state.place(text)
  if (placed === null) return 'ENODEV'
  const effect = faultFor(faults, 'probe', placed.fn.address, null)
  if (effect !== null) return effect === 'nothing' ? 'ok' : effect
  if (state.driver(placed) !== null) return 'ok'
  const driver = matchingDriver(state, placed)
  if (driver === null) return 'ok'
  const attempt = bindDriver(state, placed, driver, faults)
  if (attempt === 'bound') return 'ok'
  if (attempt === 'hang') return 'hang'
  return attempt.by === 'core' ? 'EINVAL' : 'ok'
}

/** bind_store: a driver that does not match the device is ENODEV; what the driver's probe says is passed on. */
function storeBind({ state, subject, text, faults }: Write): Outcome {
  const placed = state.place(text)
  if (placed === null || !driverMatches(state, placed, subject)) return 'ENODEV'
  if (state.driver(placed) !== null) return 'EBUSY'
  const attempt = bindDriver(state, placed, subject, faults)
  if (attempt === 'bound') return 'ok'
  return attempt === 'hang' ? 'hang' : attempt.errno
}

/** unbind_store: only a device that this driver has. */
function storeUnbind({ state, subject, text, faults }: Write): Outcome {
  const placed = state.place(text)
  if (placed === null || state.driver(placed) !== subject) return 'ENODEV'
  return unbindDriver(state, placed, subject, faults)
}

/** driver_set_override: an empty line clears it; the present driver stays. */
function storeOverride(placed: PlacedFunction, { state, text, faults }: Write): Outcome {
  const effect = faultFor(faults, 'override', placed.fn.address, text)
  if (effect !== null) return effect === 'nothing' ? 'ok' : effect
  if (text.length >= 4095) return 'EINVAL'
  state.files.file(`${placed.dir}/driver_override`, text === '' ? '(null)\n' : `${text}\n`)
  return 'ok'
}

function storeNumVfs(placed: PlacedFunction, { state, text, faults }: Write): Outcome {
  const effect = faultFor(faults, 'sriov', placed.fn.address, null)
  if (effect !== null) return effect === 'nothing' ? 'ok' : effect
  return setNumVfs(state, placed, text)
}

function storeAutoprobe(placed: PlacedFunction, { state, text }: Write): Outcome {
  if (!/^[01yn]/i.test(text)) return 'EINVAL'
  state.files.file(`${placed.dir}/sriov_drivers_autoprobe`, /^[1y]/i.test(text) ? '1\n' : '0\n')
  return 'ok'
}

/** `10de 20b2` (further fields only narrow it): the driver then takes every driverless device of these ids. */
function storeNewId({ state, subject, text, faults }: Write): Outcome {
  const id = pairOf(text)
  if (id === null) return 'EINVAL'
  const known = dynamicIds(state.dir)[subject] ?? []
  if (known.includes(id)) return 'EEXIST'
  setDynamicIds(state.dir, subject, [...known, id])
  for (const address of state.entries('bus/pci/devices')) {
    const placed = state.place(address)
    if (placed === null || state.driver(placed) !== null || !driverMatches(state, placed, subject)) continue
    bindDriver(state, placed, subject, faults)
  }
  return 'ok'
}

function storeRemoveId({ state, subject, text }: Write): Outcome {
  const id = pairOf(text)
  if (id === null) return 'EINVAL'
  const known = dynamicIds(state.dir)[subject] ?? []
  if (!known.includes(id)) return 'ENODEV'
  setDynamicIds(
    state.dir,
    subject,
    known.filter((other) => other !== id),
  )
  return 'ok'
}

function pairOf(text: string): string | null {
  const match = /^\s*(?:0x)?([0-9a-f]{1,4})\s+(?:0x)?([0-9a-f]{1,4})\b/i.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return null
  return `${match[1].padStart(4, '0')}:${match[2].padStart(4, '0')}`.toLowerCase()
}
