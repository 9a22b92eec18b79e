/** The cluster file: JSON text -> the scheduler's snapshot and the VMs whose templates cannot be read (contracts.md, berth plan). */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { InvalidInput } from '../model/errors.ts'
import {
  ADDRESS_PATTERN,
  CLUSTER_SCHEMA,
  HEX_ID_PATTERN,
  USB_PORT_PATTERN,
} from '../model/schemas/cluster.ts'
import type { PendingVm, PlacementPolicy, Snapshot, SnapshotDevice, SnapshotHost } from '../model/snapshot.ts'
import { withUsbUse } from '../model/usb-assignable.ts'
import { hundredthsOfCores } from '../template/cores.ts'
import { pendingVm } from '../template/pending.ts'
import { readTemplate } from '../template/validate.ts'
import { addressAt, idAt, invalid, refuseTwice } from './checks.ts'
import { parseJson } from './json.ts'
import type { ClusterDocument, DocumentDevice, DocumentHost, DocumentVm } from './shape.ts'
import { readUsb, usedThroughUsb } from './usb.ts'

export interface ClusterFile {
  /** Without the VMs below. */
  readonly snapshot: Snapshot
  /** VMs whose template is invalid, and what the template's reader said. */
  readonly unreadable: readonly { readonly vm: number; readonly message: string }[]
}

const PATTERNS: Readonly<Record<string, string>> = {
  [ADDRESS_PATTERN]: 'a PCI address such as 0000:3b:00.0',
  [HEX_ID_PATTERN]: 'a hexadecimal number up to ffff',
  [USB_PORT_PATTERN]: 'a USB port such as 1-2.3',
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

let compiled: ValidateFunction<ClusterDocument> | undefined

function schemaCheck(): ValidateFunction<ClusterDocument> {
  compiled ??= new Ajv({ strict: false, verbose: true }).compile<ClusterDocument>(CLUSTER_SCHEMA)
  return compiled
}

/**
 * Reads a cluster file. All devices are offered, hosts are ready for passthrough, a device in no group stands alone.
 * Throws InvalidInput: `cluster-file-not-json` (line, column) or `cluster-file-invalid` (JSON pointer), also for a host,
 * VM or device address given twice.
 */
export function readClusterFile(text: string, policy: PlacementPolicy = 'pack'): ClusterFile {
  const document: unknown = parseJson(text)
  const check = schemaCheck()
  if (!check(document)) throw schemaError(check.errors?.[0])
  refuseTwice(document.hosts, (host) => host.id, '/hosts', 'id')
  refuseTwice(document.vms, (vm) => vm.id, '/vms', 'id')
  const unreadable: { vm: number; message: string }[] = []
  const vms: PendingVm[] = []
  for (const vm of document.vms) {
    const pending = readVm(vm)
    if (typeof pending === 'string') unreadable.push({ vm: vm.id, message: pending })
    else vms.push(pending)
  }
  return { snapshot: { hosts: document.hosts.map(readHost), vms, policy }, unreadable }
}

/** The VM, or why its template cannot be read. */
function readVm(vm: DocumentVm): PendingVm | string {
  const fixed = { id: vm.id, name: vm.name ?? `v${vm.id}`, priority: vm.priority ?? 0, onlyHost: null }
  try {
    return pendingVm(fixed, readTemplate(vm.template))
  } catch (error) {
    if (error instanceof InvalidInput) return `Invalid template: ${error.message}`
    throw error
  }
}

function readHost(host: DocumentHost, index: number): SnapshotHost {
  const pointer = `/hosts/${index}/devices`
  const devices = (host.devices ?? []).map((device, number) => readDevice(device, `${pointer}/${number}`))
  refuseTwice(devices, (device) => device.address, pointer, 'address')
  const usb = readUsb(host, `/hosts/${index}/usb`)
  return {
    id: host.id,
    name: host.name ?? `h${host.id}`,
    state: host.state ?? 'on',
    passthroughReady: true,
    ungroupedAllowed: true,
    cluster: host.cluster ?? 'default',
    cpu: host.cpu == null ? null : wholeHundredths(host.cpu),
    usedCpu: hundredths(host.usedCpu ?? 0),
    memoryMiB: host.memoryMiB ?? null,
    usedMemoryMiB: host.usedMemoryMiB ?? 0,
    runningVms: 0,
    attributes: host.attributes ?? {},
    devices: withUsbUse(
      devices.map((device) => usedThroughUsb(device, usb)),
      usb,
    ),
    ...(usb.length > 0 && { usb }),
  }
}

function readDevice(device: DocumentDevice, pointer: string): SnapshotDevice {
  return {
    address: addressAt(device.address, `${pointer}/address`),
    vendorId: idAt(device.vendor, `${pointer}/vendor`),
    deviceId: idAt(device.device, `${pointer}/device`),
    classId: idAt(device.class, `${pointer}/class`),
    kind: device.kind ?? 'plain',
    parent: device.parent == null ? null : addressAt(device.parent, `${pointer}/parent`),
    numaNode: device.numaNode ?? null,
    iommuGroup: device.iommuGroup ?? null,
    driver: device.driver ?? null,
    bridge: device.bridge ?? false,
    offered: true,
    claimedBy: device.claimedBy ?? null,
    inUseByHost: device.inUseByHost ?? false,
    wantedVfs: null,
    health: device.health ?? 'ok',
  }
}

/** The decimal text decides, not the binary fraction; amounts in exponent form have no digits behind the point that count. */
function hundredths(cores: number): number {
  return hundredthsOfCores(String(cores)) ?? Math.ceil(cores * 100)
}

/** What a host has is rounded down. */
function wholeHundredths(cores: number): number {
  const up = hundredths(cores)
  return up / 100 > cores ? up - 1 : up
}

function schemaError(error: ErrorObject | undefined): InvalidInput {
  const pointer = error?.instancePath ?? ''
  const missing: unknown = error?.params.missingProperty
  if (typeof missing === 'string') return invalid(`${pointer}/${missing}`, 'is required')
  return invalid(pointer, `${shown(error?.data)} is not ${expectedBy(error)}`)
}

/** Long values are not repeated, nor what lists and objects hold: it can be deeper than a stack. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) return 'what stands there'
  const text = JSON.stringify(value) ?? 'it'
  return text.length <= 60 ? text : 'what stands there'
}

/** Ends the sentence "... is not". */
function expectedBy(error: ErrorObject | undefined): string {
  const allowed: unknown = error?.params.allowedValues
  if (Array.isArray(allowed)) return `one of ${allowed.join(', ')}`
  if (error?.keyword === 'pattern') return PATTERNS[String(error.params.pattern)] ?? 'of that form'
  if (error?.keyword === 'minimum') return `${error.params.limit} or more`
  if (error?.keyword === 'maximum') return `${error.params.limit} or less`
  const type: unknown = error?.params.type
  const types = Array.isArray(type) ? type : [type]
  return types.map((name) => TYPES[String(name)] ?? name).join(' or ')
}
