/** A template's text -> what it asks for, in short. Pure. */
import { hundredthsOfCores } from '../../template/cores.ts'
import { readFirmware } from '../../template/firmware.ts'
import type { TemplateTree, VectorAttribute } from '../../template/tree.ts'
import { keyOf, singleOf, vectorsOf } from '../../template/values.ts'
import type { DeviceType } from '../api/documents.ts'
import { parsed } from './form-text.ts'
import { addressOf, nameOf, selectionOf } from './selection.ts'

export interface Asks {
  /** Hundredths of a core; null = not said. */
  readonly cpu: number | null
  readonly memoryMiB: number | null
  readonly firmware: 'BIOS' | 'UEFI' | 'UEFI, Secure Boot'
  readonly pci: readonly string[]
  readonly usb: readonly string[]
}

/** Null = the text is no template. */
export function asksOf(text: string, types: readonly DeviceType[]): Asks | null {
  const found = parsed(text)
  if (!('tree' in found)) return null
  const { tree } = found
  const memory = singleOf(tree, 'MEMORY')
  return {
    cpu: hundredthsOfCores(singleOf(tree, 'CPU') ?? ''),
    memoryMiB: memory !== null && /^\d+$/.test(memory) ? Number(memory) : null,
    firmware: firmwareWords(tree),
    pci: vectorsOf(tree, 'PCI').map((block) => pciWords(block, types)),
    usb: vectorsOf(tree, 'USB').map(usbWords),
  }
}

function firmwareWords(tree: TemplateTree): Asks['firmware'] {
  const firmware = readFirmware(tree)
  if (firmware === 'bios') return 'BIOS'
  return firmware === 'uefi' ? 'UEFI' : 'UEFI, Secure Boot'
}

/** `2 × GA100`, `any 3D controller, all functions, optional`. */
export function pciWords(block: VectorAttribute, types: readonly DeviceType[]): string {
  const selection = selectionOf(block)
  const what = addressOf(block) ?? (selection === null ? 'nothing yet' : nameOf(selection, types))
  const count = keyOf(block, 'COUNT')
  const kind = keyOf(block, 'KIND')?.toUpperCase()
  return [
    count === null || count === '1' ? what : `${count} × ${what}`,
    ...(kind === undefined || kind === 'ANY' ? [] : [kind]),
    ...(keyOf(block, 'TYPE') === null ? [] : ['NIC']),
    ...(keyOf(block, 'FUNCTIONS') === null ? [] : ['all functions']),
    ...(keyOf(block, 'OPTIONAL')?.toUpperCase() === 'YES' ? ['optional'] : []),
  ].join(', ')
}

/** `0529:0001`, `001:004`, `port 1-2`. */
export function usbWords(block: VectorAttribute): string {
  const [port, bus] = [keyOf(block, 'PORT'), keyOf(block, 'BUS')]
  const ids =
    keyOf(block, 'VENDOR') === null ? null : `${keyOf(block, 'VENDOR')}:${keyOf(block, 'PRODUCT') ?? '*'}`
  const number = bus === null ? null : `bus ${bus} device ${keyOf(block, 'DEVICE') ?? '?'}`
  const said = [ids, number, port === null ? null : `port ${port}`].filter((word) => word !== null)
  return said.length === 0 ? 'nothing yet' : said.join(', ')
}
