/** What a template asks for, in words: amounts, and one line for each PCI and USB block. Pure. */
import type { Request, Selector } from '../../model/request.ts'
import type { UsbRequest } from '../../model/usb-request.ts'
import { readDefinition } from '../../template/definition.ts'
import { parseTemplate } from '../../template/parse.ts'
import { readRequests } from '../../template/requests.ts'
import { readUsbRequests } from '../../template/usb-requests.ts'
import { coresText, memoryText, shortText } from './amounts.ts'

export interface Asks {
  readonly name: string
  /** `4 cores, 16 GiB` */
  readonly amounts: string
  readonly pci: readonly string[]
  readonly usb: readonly string[]
}

/** Null = it is no template, or one that asks for what cannot be; the API says why. */
export function asksFor(text: string): Asks | null {
  try {
    const tree = parseTemplate(text)
    const { name, cpu, memoryMiB } = readDefinition(tree)
    const cores = `${coresText(cpu)} ${cpu === 100 ? 'core' : 'cores'}`
    return {
      name,
      amounts: `${cores}, ${memoryText(memoryMiB)}`,
      pci: readRequests(tree).map(requestWords),
      usb: readUsbRequests(tree).map(usbWords),
    }
  } catch {
    return null
  }
}

/** `4 cores, 16 GiB; 2 x 10de:20b2:*` */
export function asksLine(text: string): string {
  const asks = asksFor(text)
  if (asks === null) return 'not to be read'
  return [asks.amounts, ...asks.pci, ...asks.usb.map((one) => `USB ${one}`)].join('; ')
}

function requestWords({ selector, count, kind, allFunctions, optional, network }: Request): string {
  const more = [
    allFunctions ? 'whole card' : null,
    kind === null ? null : kind.toUpperCase(),
    network === undefined ? null : 'NIC',
    optional ? 'optional' : null,
  ].filter((one) => one !== null)
  const times = count === 1 ? '' : `${count} x `
  return `${times}${selectorWords(selector)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`
}

function selectorWords({ vendorId, deviceId, classId, address }: Selector): string {
  const type = [vendorId, deviceId, classId].map((id) => id ?? '*').join(':')
  if (address === null) return type === '*:*:*' ? 'any' : type
  const at = `at ${shortText(address)}`
  return type === '*:*:*' ? at : `${type} ${at}`
}

function usbWords({ selector: { vendorId, productId, bus, device, port } }: UsbRequest): string {
  const words = [
    vendorId === null ? null : `${vendorId}:${productId ?? '*'}`,
    bus === null ? null : `bus ${bus} device ${device}`,
    port === null ? null : `port ${port}`,
  ]
  return words.filter((one) => one !== null).join(', ')
}
