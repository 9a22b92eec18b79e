/** A simulated machine as it stands on disk: the tree is the state, so that it outlives the process that changes it. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { NotFound } from '../model/errors.ts'
import { type TreeFiles, treeFiles } from './files.ts'
import { layOut, type PlacedFunction, placeVf } from './layout.ts'
import type { MachineDescription } from './machine.ts'
import { DESCRIPTION_FILE } from './tree.ts'

export interface MachineState {
  /** The folder that holds sys, proc, dev and .berth. */
  readonly dir: string
  readonly machine: MachineDescription
  readonly files: TreeFiles
  /** The function at that address, VFs that are enabled now included; null = there is none. */
  place(address: string): PlacedFunction | null
  /** Enabled VFs of a PF, by index. */
  vfs(pf: PlacedFunction): readonly PlacedFunction[]
  driver(placed: PlacedFunction): string | null
  group(placed: PlacedFunction): number | null
  /** A file below sys, trimmed; null = there is none. */
  text(path: string): string | null
  has(path: string): boolean
  entries(path: string): readonly string[]
  /** Devices that a running domain has open (QEMU holds their group). */
  open(): readonly string[]
  setOpen(addresses: readonly string[]): void
}

const OPEN_FILE = '.berth/open-devices.json'

/** Of the tree whose sysfs root is `root`; `NotFound` `not-simulated` where Berth wrote no tree there. */
export function machineState(root: string): MachineState {
  const dir = dirname(root)
  const machine = readDescription(dir)
  const physical = new Map(
    layOut(machine).flatMap((placed) =>
      placed.virtual ? [] : [[String(placed.fn.address), placed] as const],
    ),
  )
  const at = (path: string) => join(root, path)
  const link = (path: string) => (existsSync(at(path)) ? basename(readlinkSync(at(path))) : null)
  const text = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8').trim() : null)
  const vfs = (pf: PlacedFunction) =>
    Array.from({ length: Number(text(`${pf.dir}/sriov_numvfs`) ?? 0) }, (_, index) => placeVf(pf, index))
  const place = (address: string) =>
    physical.get(address) ??
    [...physical.values()].flatMap((pf) => vfs(pf)).find((vf) => vf.fn.address === address) ??
    null
  return {
    dir,
    machine,
    files: treeFiles(root),
    place: (address) => place(address),
    vfs,
    driver: (placed) => link(`${placed.dir}/driver`),
    group: (placed) => {
      const name = link(`${placed.dir}/iommu_group`)
      return name === null ? null : Number(name)
    },
    text,
    has: (path) => existsSync(at(path)) || lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
    entries: (path) => (existsSync(at(path)) ? readdirSync(at(path)) : []),
    open: () => readStrings(join(dir, OPEN_FILE)),
    setOpen: (addresses) => writeFileSync(join(dir, OPEN_FILE), JSON.stringify(addresses)),
  }
}

function readStrings(path: string): readonly string[] {
  const value: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : []
  return Array.isArray(value) ? value.map(String) : []
}

/** The description that the tree was written from; `NotFound` `not-simulated` where there is none. */
export function readDescription(dir: string): MachineDescription {
  const path = join(dir, DESCRIPTION_FILE)
  const value: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
  if (isDescription(value)) return value
  throw new NotFound(
    'not-simulated',
    `${dir} holds no simulated host (no ${DESCRIPTION_FILE}). Create one first.`,
    { dir },
  )
}

/** Written by `writeSysfsTree` and by nothing else: its outline is enough. */
function isDescription(value: unknown): value is MachineDescription {
  return typeof value === 'object' && value !== null && 'functions' in value && Array.isArray(value.functions)
}
