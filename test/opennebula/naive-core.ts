/**
 * OpenNebula's core as plainly as it can be told, over texts: which PCI device each block gets on a host, and the host
 * afterwards. Written from the description of its behaviour, without a look at the placer.
 */
export interface NaiveDevice {
  readonly address: string
  readonly short: string
  readonly ids: Readonly<Record<'VENDOR' | 'DEVICE' | 'CLASS', string>>
  vm: number
}

export type Block = Readonly<Partial<Record<'VENDOR' | 'DEVICE' | 'CLASS' | 'SHORT_ADDRESS', string>>>

const NAMES = ['VENDOR', 'DEVICE', 'CLASS'] as const

const isByAddress = (block: Block): boolean =>
  block.SHORT_ADDRESS !== undefined && NAMES.every((name) => block[name] === undefined)

/**
 * Gives the VM its devices, changing the list; false, and nothing changed, where a block gets none. The core asks first and
 * gives then. When it asks, it keeps the short addresses that it has thought of, and takes none of them for a second block
 * that names ids; when it gives, it does not.
 */
export function give(devices: NaiveDevice[], blocks: readonly Block[], vm: number): boolean {
  const inOrder = [...devices].sort((a, b) => (a.address < b.address ? -1 : 1))
  const served = [...blocks.filter(isByAddress), ...blocks.filter((block) => !isByAddress(block))]
  const thoughtOf: string[] = []
  for (const block of served) {
    const device = isByAddress(block)
      ? inOrder.find((one) => suits(block, one))
      : inOrder.find((one) => one.vm === -1 && suits(block, one) && !thoughtOf.includes(one.short))
    // Two blocks for one address pass in the core; the placer must not let them.
    if (device === undefined || device.vm !== -1 || thoughtOf.includes(device.short)) return false
    thoughtOf.push(device.short)
  }
  for (const block of served) {
    const device = inOrder.find((one) => one.vm === -1 && suits(block, one))
    if (device === undefined) throw new Error('the core asked, and cannot give')
    device.vm = vm
  }
  return true
}

function suits(block: Block, device: NaiveDevice): boolean {
  if (isByAddress(block)) return device.short === block.SHORT_ADDRESS
  return NAMES.every(
    (name) =>
      block[name] === undefined ||
      Number.parseInt(block[name] ?? '', 16) === Number.parseInt(device.ids[name], 16),
  )
}
