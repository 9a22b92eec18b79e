/** Which block of a stopped VM's template somebody means, and the template without it. Pure. */
import type { Address } from '../model/address.ts'
import { NotFound } from '../model/errors.ts'
import { removeBlock } from '../template/edit.ts'
import { readTemplate } from '../template/validate.ts'
import type { UsbName } from './hotplug.ts'

export interface NamedBlock {
  /** Of a block that asks for the device at that address. */
  readonly address: Address | null
  /** Its position among the PCI blocks, from 0. */
  readonly request: number | null
}

/** NotFound `device-not-attached` where no block is meant. */
export function withoutBlock(vm: { readonly id: number }, text: string, named: NamedBlock): string {
  const { requests } = readTemplate(text)
  const block = requests.find(({ index, selector }) =>
    named.address === null ? index === named.request : selector.address === named.address,
  )
  if (block !== undefined) return removeBlock(text, 'PCI', block.index)
  const what = named.address === null ? `PCI block ${named.request}` : `PCI block for ${named.address}`
  throw new NotFound(
    'device-not-attached',
    `the template of VM ${vm.id} has no ${what}; \`berth vm show ${vm.id}\` prints it, blocks count from 0`,
    { vm: vm.id, ...named },
  )
}

/** Likewise a USB block, by its position or by the port or numbers that it asks for. */
export function withoutUsbBlock(
  vm: { readonly id: number },
  text: string,
  named: UsbName | { readonly request: number },
): string {
  const { usb } = readTemplate(text)
  const block = usb.find(({ index, selector }) => {
    if ('request' in named) return index === named.request
    if ('port' in named) return selector.port === named.port
    return selector.bus === named.bus && selector.device === named.device
  })
  if (block !== undefined) return removeBlock(text, 'USB', block.index)
  throw new NotFound(
    'device-not-attached',
    `the template of VM ${vm.id} has no such USB block; \`berth vm show ${vm.id}\` prints it, blocks count from 0`,
    { vm: vm.id, ...named },
  )
}
