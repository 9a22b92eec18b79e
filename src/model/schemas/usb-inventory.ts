/** JSON Schema of what `berth probe usb --format json` prints, and of a USB device in reports. Fields may be added, so others are allowed. */
import { USB_INVENTORY_SCHEMA } from '../usb-document.ts'
import { ADDRESS_SCHEMA } from './device-document.ts'

const text = { type: 'string' } as const
const hex4 = { type: 'string', pattern: '^[0-9a-f]{4}$' } as const
const hex2 = { type: 'string', pattern: '^[0-9a-f]{2}$' } as const
const number = { type: 'integer', minimum: 0 } as const
const nullable = <T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] }) as const

export const USB_NUMBERS_SCHEMA = {
  type: 'object',
  required: ['bus', 'device'],
  properties: { bus: number, device: number },
} as const

export const USB_DEVICE_PROPERTIES = {
  bus: number,
  device: { ...number, description: 'Its number on the bus: a new one each time that it is plugged in' },
  port: {
    type: 'string',
    pattern: '^(usb\\d+|\\d+-\\d+(\\.\\d+)*)$',
    description: '1-2.3 = bus 1, port 2, port 3 of the hub there; usb1 = the root hub of bus 1',
  },
  vendor: hex4,
  product: hex4,
  release: { ...nullable(hex4), description: 'bcdDevice' },
  deviceClass: { ...hex2, description: '00 = each interface has its own' },
  interfaceClasses: { type: 'array', items: hex2 },
  serial: nullable(text),
  manufacturerString: { ...nullable(text), description: 'What the device says of itself' },
  productString: nullable(text),
  vendorName: { ...nullable(text), description: 'The same, else the name in usb.ids' },
  productName: nullable(text),
  speed: { ...nullable({ type: 'number' }), description: 'Megabits a second' },
  drivers: { type: 'array', items: text, description: 'Of its interfaces' },
  hub: { type: 'boolean', description: 'Hubs and root hubs are never given' },
  controller: { ...nullable(ADDRESS_SCHEMA), description: 'The PCI function that its bus hangs on' },
  identity: {
    ...text,
    minLength: 1,
    description:
      'Stays the same when it is plugged in anew: serial:vendor:product:serial, else port:controller/place',
  },
  inUse: {
    type: 'array',
    description: 'What the host itself needs it for',
    items: { type: 'object', required: ['reason', 'detail'], properties: { reason: text, detail: text } },
  },
} as const

export const USB_DEVICE_SCHEMA = {
  type: 'object',
  required: Object.keys(USB_DEVICE_PROPERTIES),
  properties: USB_DEVICE_PROPERTIES,
} as const

export const USB_INVENTORY_JSON_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: USB_INVENTORY_SCHEMA,
  title: 'USB devices of one host, hubs included, by bus, then port',
  type: 'object',
  required: ['schema', 'host', 'bootId', 'devices'],
  properties: {
    schema: { const: USB_INVENTORY_SCHEMA },
    host: text,
    bootId: nullable(text),
    devices: { type: 'array', items: USB_DEVICE_SCHEMA },
  },
} as const
