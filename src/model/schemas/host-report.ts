/** JSON Schema of the report that a host sends: devices, what the host itself uses, capacity, running domains. */
import { HOST_REPORT_SCHEMA } from '../report.ts'
import { ADDRESS_SCHEMA, DEVICE_PROPERTIES, DEVICE_REQUIRED, STORED_COUNT } from './device-document.ts'
import { USB_DEVICE_SCHEMA, USB_NUMBERS_SCHEMA } from './usb-inventory.ts'

const count = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const
const nullType = { type: 'null' } as const

export const USAGE_SCHEMA = {
  type: 'object',
  required: ['address', 'reason', 'detail'],
  properties: {
    address: ADDRESS_SCHEMA,
    reason: {
      enum: [
        'mount',
        'swap',
        'open',
        'address',
        'route',
        'bridge',
        'bond',
        'display',
        'controller',
        'domain',
        'vfio',
        'chipset',
      ],
    },
    detail: text,
  },
} as const

export const CAPACITY_SCHEMA = {
  type: 'object',
  required: ['cpus', 'memoryKiB', 'numaNodes', 'hypervisor', 'arch', 'kernel'],
  properties: {
    cpus: count,
    memoryKiB: count,
    numaNodes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'cpus', 'memoryKiB'],
        properties: { id: count, cpus: count, memoryKiB: count },
      },
    },
    hypervisor: { enum: ['kvm', 'qemu', null] },
    arch: text,
    kernel: text,
  },
} as const

const CHECK_SCHEMA = {
  type: 'object',
  required: ['id', 'status', 'required', 'evidence', 'remedy'],
  properties: {
    id: text,
    status: { enum: ['ok', 'warning', 'missing', 'unknown'] },
    required: { type: 'boolean' },
    evidence: text,
    remedy: { anyOf: [text, nullType] },
  },
} as const

const DOMAIN_SCHEMA = {
  type: 'object',
  required: ['name', 'uuid', 'state', 'hostdevs', 'berth'],
  properties: {
    name: text,
    uuid: text,
    state: text,
    hostdevs: { type: 'array', items: ADDRESS_SCHEMA },
    usbHostdevs: { type: 'array', items: USB_NUMBERS_SCHEMA },
    berth: {
      anyOf: [
        {
          type: 'object',
          required: ['cluster', 'vm', 'epoch'],
          properties: { cluster: text, vm: STORED_COUNT, epoch: STORED_COUNT },
        },
        nullType,
      ],
    },
  },
} as const

export const HOST_REPORT_JSON_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: HOST_REPORT_SCHEMA,
  title: 'One probe run on one host',
  type: 'object',
  required: ['schema', 'host', 'bootId', 'devices', 'usage', 'capacity', 'domains'],
  properties: {
    schema: { const: HOST_REPORT_SCHEMA },
    host: text,
    bootId: { anyOf: [text, nullType] },
    devices: {
      type: 'array',
      items: {
        type: 'object',
        required: [...DEVICE_REQUIRED, 'offered'],
        properties: { ...DEVICE_PROPERTIES, offered: { type: 'boolean' } },
      },
    },
    usage: { type: 'array', items: USAGE_SCHEMA },
    usb: { type: 'array', items: USB_DEVICE_SCHEMA },
    capacity: CAPACITY_SCHEMA,
    readiness: {
      type: 'object',
      required: ['ready', 'checks'],
      properties: { ready: { type: 'boolean' }, checks: { type: 'array', items: CHECK_SCHEMA } },
    },
    domains: { anyOf: [{ type: 'array', items: DOMAIN_SCHEMA }, nullType] },
  },
} as const
