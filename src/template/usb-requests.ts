/** A template's USB blocks -> requests: each one device, by ids, by lsusb's numbers or by the port that it is plugged into. */
import type { InvalidInput } from '../model/errors.ts'
import { parseHexId } from '../model/ids.ts'
import { MAX_USB_PER_VM, type UsbRequest, type UsbSelector } from '../model/usb-request.ts'
import { invalidAt } from './position.ts'
import type { TemplateTree, VectorAttribute } from './tree.ts'
import { keyOf, vectorsOf } from './values.ts'

/**
 * The requests of a checked tree, in the template's order. Throws InvalidInput `template-invalid` where a block selects
 * nothing or half of something, or there are more than 8 blocks.
 */
export function readUsbRequests(tree: TemplateTree): UsbRequest[] {
  return vectorsOf(tree, 'USB').map((block, index) => {
    if (index >= MAX_USB_PER_VM)
      throw wrong(
        tree,
        block,
        `this is USB block ${index + 1}; a VM can have ${MAX_USB_PER_VM} USB devices at most`,
      )
    return { index, selector: readSelector(tree, block) }
  })
}

function readSelector(tree: TemplateTree, block: VectorAttribute): UsbSelector {
  const text = (name: string) => keyOf(block, name)
  const [bus, device] = [number(text('BUS')), number(text('DEVICE'))]
  const selector: UsbSelector = {
    vendorId: parseHexId(text('VENDOR') ?? ''),
    productId: parseHexId(text('PRODUCT') ?? ''),
    bus,
    device,
    port: canonicalPort(text('PORT')),
  }
  if (Object.values(selector).every((part) => part === null))
    throw wrong(tree, block, 'USB selects nothing: give VENDOR and PRODUCT, BUS and DEVICE, or PORT')
  if ((bus === null) !== (device === null))
    throw wrong(
      tree,
      block,
      `USB: ${bus === null ? 'DEVICE without BUS' : 'BUS without DEVICE'}; give both, as lsusb prints them`,
    )
  if (selector.productId !== null && selector.vendorId === null)
    throw wrong(tree, block, 'USB: PRODUCT without VENDOR; products are numbered by their vendor')
  return selector
}

/** Decimal, as lsusb prints it: `004` is 4. */
function number(text: string | null): number | null {
  return text === null ? null : Number(text)
}

/** `01-2.03` is `1-2.3`. */
function canonicalPort(text: string | null): string | null {
  return text?.replace(/\d+/g, (digits) => String(Number(digits))) ?? null
}

function wrong(tree: TemplateTree, block: VectorAttribute, message: string): InvalidInput {
  return invalidAt('template-invalid', tree.text, block.offset, message, { attribute: 'USB' })
}
