/** JSON Schema of what `berth probe pci --format json` prints. Fields may be added, so others are allowed. */
import { PCI_INVENTORY_SCHEMA } from '../report.ts'
import { DEVICE_PROPERTIES, DEVICE_REQUIRED } from './device-document.ts'

export const PCI_INVENTORY_JSON_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: PCI_INVENTORY_SCHEMA,
  title: 'PCI devices of one host, as its filter leaves them',
  type: 'object',
  required: ['schema', 'host', 'bootId', 'devices'],
  properties: {
    schema: { const: PCI_INVENTORY_SCHEMA },
    host: { type: 'string' },
    bootId: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    devices: {
      type: 'array',
      items: { type: 'object', required: DEVICE_REQUIRED, properties: DEVICE_PROPERTIES },
    },
  },
} as const
