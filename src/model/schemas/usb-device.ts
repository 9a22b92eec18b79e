/** JSON Schema of USB devices as `berth host show` and `berth vm show` print them. */
import { described, INTEGER, oneOf, orNull, record, type Schema, STRING } from './shape.ts'
import { USB_DEVICE_PROPERTIES } from './usb-inventory.ts'

const STATE: Schema = oneOf(
  ['free', 'claimed', 'attached', 'releasing', 'missing', 'unassignable'],
  'missing = not seen any more, or another device is there',
)

export const USB_DEVICE: Schema = record({
  ...USB_DEVICE_PROPERTIES,
  vm: described(orNull(INTEGER), 'The VM that holds it'),
  state: STATE,
  why: described(orNull(STRING), 'Why it is not free'),
})

export const VM_USB_DEVICE: Schema = record({
  request: described(INTEGER, "The template's USB block, from 0"),
  bus: INTEGER,
  device: INTEGER,
  port: STRING,
  id: described(STRING, 'vendor:product'),
  name: orNull(STRING),
  state: STATE,
})
