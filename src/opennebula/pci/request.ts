/** A PCI block of an OpenNebula template as the core reads it (HostSharePCI of OpenNebula 6.10 and 7). */
import type { PciDevice } from '../xml/host.ts'
import { type Attributes, hexadecimal } from '../xml/values.ts'

/** Null = any. */
export interface PciRequest {
  /** Position among the template's PCI blocks, from 0. */
  readonly index: number
  readonly vendor: number | null
  readonly device: number | null
  readonly class: number | null
  /** Text that SHORT_ADDRESS must be; only where it names nothing else. */
  readonly address: string | null
  /** Why no device will ever be given to it; null = nothing is wrong. */
  readonly broken: string | null
}

const IDS = ['VENDOR', 'DEVICE', 'CLASS'] as const

/**
 * Ids are hexadecimal numbers and compared as numbers, a missing one fits all. SHORT_ADDRESS counts where none of the
 * three is given; beside one of them it is what the core wrote there when the VM ran last, and is read over.
 */
export function readPciRequest(block: Attributes, index: number): PciRequest {
  const [vendor, device, kind] = IDS.map((name) => idOf(block, name))
  const broken = IDS.find((_, n) => [vendor, device, kind][n] === undefined)
  const ids = { vendor: vendor ?? null, device: device ?? null, class: kind ?? null }
  const short = block.get('SHORT_ADDRESS') ?? ''
  const bare = ids.vendor === null && ids.device === null && ids.class === null
  const address = bare && short !== '' ? short : null
  return { index, ...ids, address, broken: wrongWith(block, broken, bare && address === null) }
}

/** Null = it is not given; undefined = it is no hexadecimal number. */
function idOf(block: Attributes, name: string): number | null | undefined {
  const text = block.get(name) ?? ''
  if (text === '') return null
  const number = hexadecimal(text)
  return number?.whole ? number.value : undefined
}

function wrongWith(block: Attributes, broken: string | undefined, nothing: boolean): string | null {
  if (broken !== undefined)
    return `${broken} is ${(block.get(broken) ?? '').slice(0, 20)}, which is no hexadecimal number`
  return nothing ? 'it names neither VENDOR, DEVICE, CLASS nor SHORT_ADDRESS' : null
}

/** Whether the core may give `device`, if it is free. */
export function fits(request: PciRequest, device: PciDevice): boolean {
  if (request.broken !== null) return false
  if (request.address !== null) return request.address === device.shortAddress
  return (
    (request.vendor === null || request.vendor === device.vendor) &&
    (request.device === null || request.device === device.device) &&
    (request.class === null || request.class === device.class)
  )
}

/** Requests with equal keys fit the same devices everywhere. */
export function requestKey({ vendor, device, class: kind, address, broken }: PciRequest): string {
  return broken === null ? `${vendor}:${device}:${kind}@${address}` : 'broken'
}
