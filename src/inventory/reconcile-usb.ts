/** What a host reports of USB, against what is stored of it: which rows to write (pure). */
import { type StoredUsbDevice, usbFacts } from '../database/usb-devices.ts'
import { type ReportedUsbDevice, sameUsbDevice } from '../model/usb-device.ts'
import { usbId } from '../model/usb-document.ts'

export interface UsbReconcileInput {
  readonly host: number
  readonly reported: readonly ReportedUsbDevice[]
  readonly known: readonly StoredUsbDevice[]
  /** Keys that a VM holds. */
  readonly claimed: ReadonlySet<string>
  readonly now: number
}

export interface UsbReconciliation {
  readonly insert: readonly StoredUsbDevice[]
  readonly update: readonly StoredUsbDevice[]
  readonly remove: readonly string[]
  /** Something that matters to allocation is different: the host's generation advances. */
  readonly relevant: boolean
}

/**
 * A device keeps its row, whatever its number and port: it is the one that was at its port and looks the same, else the one
 * with its identity. Another one where a VM's was is a swap: the row tells of it, and nobody gets it before the VM has let
 * go. What vanished stays while a VM holds it.
 */
export function reconcileUsb(input: UsbReconcileInput): UsbReconciliation {
  const { host, known, claimed, now } = input
  const keys = keysOf(input)
  const before = new Map(known.map((device) => [device.key, device]))
  const insert: StoredUsbDevice[] = []
  const update: StoredUsbDevice[] = []
  let relevant = false
  for (const [key, reported] of keys) {
    const was = before.get(key)
    const next = nextRow(input, key, reported, was)
    if (was === undefined) insert.push(next)
    else if (!sameRow(was, next)) update.push(next)
    relevant ||= was === undefined || relevance(was) !== relevance(next)
  }
  const gone = known.filter(({ key }) => !keys.has(key))
  const remove = gone.filter(({ key }) => !claimed.has(key)).map(({ key }) => key)
  for (const device of gone)
    if (device.present && claimed.has(device.key)) {
      update.push({ ...device, host, present: false, lastSeen: now })
      relevant = true
    }
  return { insert, update, remove, relevant: relevant || remove.length > 0 }
}

/** Each key stands for one device at most. */
function keysOf({ reported, known }: UsbReconcileInput): ReadonlyMap<string, ReportedUsbDevice> {
  const keys = new Map<string, ReportedUsbDevice>()
  const placed = new Set<ReportedUsbDevice>()
  const take = (key: string, device: ReportedUsbDevice) => {
    if (keys.has(key)) return
    keys.set(key, device)
    placed.add(device)
  }
  // Where serials are shared, the identity changes when a second one comes or goes: the port tells then.
  const byPlace = new Map(known.filter(({ present }) => present).map((device) => [placeOf(device), device]))
  for (const device of reported) {
    const was = byPlace.get(placeOf(device))
    if (was !== undefined && sameUsbDevice(was, device)) take(was.key, device)
  }
  for (const device of reported) if (!placed.has(device)) take(device.identity, device)
  // Its identity is the key of another: the port is nobody else's.
  for (const device of reported) if (!placed.has(device)) take(`at:${placeOf(device)}`, device)
  return keys
}

function placeOf({ controller, port }: Pick<ReportedUsbDevice, 'controller' | 'port'>): string {
  return `${controller ?? 'none'}/${port}`
}

function nextRow(
  { host, claimed, now }: UsbReconcileInput,
  key: string,
  reported: ReportedUsbDevice,
  was: StoredUsbDevice | undefined,
): StoredUsbDevice {
  const fresh = { ...reported, host, key, present: true, swapped: null, firstSeen: now, lastSeen: now }
  if (was === undefined) return fresh
  if (!claimed.has(key)) return sameUsbDevice(was, reported) ? { ...fresh, firstSeen: was.firstSeen } : fresh
  // A claim's row keeps the ids of what was claimed, so that the device itself is known again when it comes back.
  const swapped = sameUsbDevice(was, reported)
    ? null
    : `was ${usbId(was)} (serial ${was.serial ?? 'none'}), is ${usbId(reported)} (serial ${reported.serial ?? 'none'})`
  if (swapped === null) return { ...fresh, firstSeen: was.firstSeen }
  return { ...was, present: true, swapped, lastSeen: was.swapped === swapped ? was.lastSeen : now }
}

/** `lastSeen` apart: while a device is there, the host's time of report says it. */
function sameRow(a: StoredUsbDevice, b: StoredUsbDevice): boolean {
  return (
    a.present === b.present &&
    a.swapped === b.swapped &&
    usbFacts(a) === usbFacts(b) &&
    JSON.stringify(a.inUse) === JSON.stringify(b.inUse)
  )
}

/** Everything that decides whether and what for it can be given. */
function relevance(device: StoredUsbDevice): string {
  const { bus, device: number, port, vendorId, productId, hub, controller, present, swapped, inUse } = device
  return JSON.stringify([
    ...[bus, number, port, vendorId, productId, hub, controller],
    ...[present, swapped !== null, inUse.length > 0],
  ])
}
