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

/** Gives the VM its devices, changing the list; false, and nothing changed, where a block gets none. */
export function give(devices: NaiveDevice[], blocks: readonly Block[], vm: number): boolean {
  const inOrder = [...devices].sort((a, b) => (a.address < b.address ? -1 : 1))
  const before = devices.map((device) => device.vm)
  const served = [...blocks.filter(isByAddress), ...blocks.filter((block) => !isByAddress(block))]
  for (const block of served) {
    const device = inOrder.find((one) => one.vm === -1 && suits(block, one))
    if (device === undefined) {
      devices.forEach((one, n) => {
        one.vm = before[n] ?? -1
      })
      return false
    }
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
