/** What a PCI block's VENDOR, DEVICE and CLASS select of the cluster's types of devices, and how that is said. Pure. */
import { type HexId, parseHexId } from '../../model/ids.ts'
import type { VectorAttribute } from '../../template/tree.ts'
import { keyOf } from '../../template/values.ts'
import type { DeviceType } from '../api/documents.ts'

/** Null = any, or not an id. */
export interface Selection {
  readonly vendor: HexId | null
  readonly device: HexId | null
  readonly class: HexId | null
  /** Null = any. */
  readonly kind: DeviceType['kinds'][number] | null
  /** Of whatever network card's, where CLASS is left out (TYPE = "NIC"). */
  readonly isNic: boolean
}

/** Null = by its address, or nothing that can be counted by type. */
export function selectionOf(block: VectorAttribute): Selection | null {
  const id = (key: string): HexId | null => parseHexId(keyOf(block, key) ?? '')
  if (addressOf(block) !== null) return null
  const isNic = keyOf(block, 'TYPE')?.toUpperCase() === 'NIC'
  const kind = isNic ? 'vf' : kindOf(keyOf(block, 'KIND'))
  const selection = { vendor: id('VENDOR'), device: id('DEVICE'), class: id('CLASS'), kind, isNic }
  return !isNic && isOpen(selection) ? null : selection
}

export const isOpen = (selection: Pick<Selection, 'vendor' | 'device' | 'class'>): boolean =>
  selection.vendor === null && selection.device === null && selection.class === null

export const addressOf = (block: VectorAttribute): string | null =>
  keyOf(block, 'SHORT_ADDRESS') ?? keyOf(block, 'ADDRESS')

function kindOf(text: string | null): Selection['kind'] {
  const kind = text?.toLowerCase()
  return kind === 'vf' || kind === 'pf' || kind === 'plain' ? kind : null
}

export interface Coverage {
  readonly types: readonly DeviceType[]
  readonly total: number
  readonly free: number
  /** Hosts that have one: so many at least, where several types are covered. */
  readonly hosts: number
  readonly isExact: boolean
}

export function coverageOf(selection: Selection, types: readonly DeviceType[]): Coverage {
  const covered = types.filter((type) => covers(selection, type))
  const sum = (of: (type: DeviceType) => number) => covered.reduce((total, type) => total + of(type), 0)
  return {
    types: covered,
    total: sum(({ total }) => total),
    free: sum(({ free }) => free),
    hosts: Math.max(0, ...covered.map(({ hosts }) => hosts)),
    // The counts of a type are not told apart by kind.
    isExact:
      covered.length <= 1 && (selection.kind === null || covered.every(({ kinds }) => kinds.length === 1)),
  }
}

function covers(selection: Selection, type: DeviceType): boolean {
  const { vendor, device, class: classId, kind, isNic } = selection
  return (
    (vendor === null || vendor === type.vendor) &&
    (device === null || device === type.device) &&
    (classId === null || classId === type.class) &&
    (!isNic || classId !== null || type.class.startsWith('02')) &&
    (kind === null || type.kinds.includes(kind))
  )
}

/** `10de:*:0302`, as the type of a device is written, `*` = any. */
export const patternOf = ({ vendor, device, class: classId }: Selection): string =>
  [vendor, device, classId].map((id) => id ?? '*').join(':')

/** `GA100 [A100 PCIe 40GB]`, `any NVIDIA Corporation 3D controller`; as far as some host knows the names, else ids. */
export function nameOf(selection: Selection, types: readonly DeviceType[]): string {
  const { vendor, device, class: classId, isNic } = selection
  const ofVendor = types.find((type) => type.vendor === vendor && type.vendorName !== null)?.vendorName
  const exact = types.find((type) => type.vendor === vendor && type.device === device && type.deviceName)
  const ofClass = types.find((type) => type.class === classId && type.className !== null)?.className
  if (device !== null) return exact?.deviceName ?? patternOf(selection)
  if (isNic && isOpen(selection)) return 'any network VF'
  if ((vendor !== null && !ofVendor) || (classId !== null && !ofClass)) return patternOf(selection)
  return `any ${[ofVendor, ofClass ?? 'device'].filter((word) => word !== undefined).join(' ')}`
}

/** The ways to say which devices will do, from this type alone to all of its class. */
export function waysToSelect(type: DeviceType): readonly Selection[] {
  const open = { kind: null, isNic: false } as const
  const [vendor, device, classId] = [parseHexId(type.vendor), parseHexId(type.device), parseHexId(type.class)]
  return [
    { vendor, device, class: classId, ...open },
    { vendor, device: null, class: classId, ...open },
    { vendor: null, device: null, class: classId, ...open },
    { vendor, device: null, class: null, ...open },
  ]
}
