/** JSON Schema of what `berth plan` reads (`berth schema cluster`). */

export const CLUSTER_SCHEMA_ID = 'berth.cluster/1'

export const ADDRESS_PATTERN = '^(?:[0-9a-fA-F]{1,8}:)?[0-9a-fA-F]{1,2}:[01]?[0-9a-fA-F][.:][0-7]$'
export const USB_PORT_PATTERN = '^(usb\\d+|\\d+-\\d+(\\.\\d+)*)$'
export const HEX_ID_PATTERN = '^(?:0[xX])?0*[0-9a-fA-F]{1,4}$'

const id = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const amount = { type: 'number', minimum: 0, maximum: 1e12 }
const hexId = { type: 'string', pattern: HEX_ID_PATTERN }

const device = {
  type: 'object',
  required: ['address', 'vendor', 'device', 'class'],
  properties: {
    address: { type: 'string', pattern: ADDRESS_PATTERN },
    vendor: hexId,
    device: hexId,
    class: hexId,
    numaNode: { type: ['integer', 'null'], minimum: 0 },
    iommuGroup: { type: ['integer', 'null'], minimum: 0 },
    kind: { enum: ['plain', 'pf', 'vf'] },
    parent: { type: ['string', 'null'], pattern: ADDRESS_PATTERN, description: "A VF's PF" },
    driver: { type: ['string', 'null'] },
    bridge: { type: 'boolean' },
    claimedBy: { ...id, type: ['integer', 'null'], description: 'Id of the VM that holds it' },
    inUseByHost: { type: 'boolean' },
    health: { enum: ['ok', 'drained', 'quarantined'] },
  },
}

const usbNumber = { type: 'integer', minimum: 1, maximum: 999 }

const usbDevice = {
  type: 'object',
  required: ['bus', 'device', 'port', 'vendor', 'product'],
  properties: {
    bus: usbNumber,
    device: { ...usbNumber, description: 'Its number on the bus, as lsusb prints it' },
    port: { type: 'string', pattern: USB_PORT_PATTERN },
    vendor: hexId,
    product: hexId,
    controller: {
      type: ['string', 'null'],
      pattern: ADDRESS_PATTERN,
      description:
        'The PCI device that its bus hangs on: not given away while a VM or the host has the device',
    },
    hub: { type: 'boolean', description: 'Never given' },
    claimedBy: { ...id, type: ['integer', 'null'], description: 'Id of the VM that holds it' },
    inUseByHost: { type: 'boolean' },
  },
}

const host = {
  type: 'object',
  required: ['id'],
  properties: {
    id,
    name: { type: 'string' },
    state: { enum: ['on', 'off', 'disabled', 'unknown'] },
    cluster: { type: 'string' },
    cpu: { ...amount, type: ['number', 'null'], description: 'Cores; absent = unlimited' },
    memoryMiB: { ...amount, type: ['number', 'null'], description: 'Absent = unlimited' },
    usedCpu: { ...amount, description: 'Cores' },
    usedMemoryMiB: amount,
    attributes: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
    devices: { type: 'array', items: device },
    usb: { type: 'array', items: usbDevice },
  },
}

const vm = {
  type: 'object',
  required: ['id', 'template'],
  properties: {
    id,
    name: { type: 'string' },
    priority: { type: 'number' },
    template: { type: 'string', description: "In OpenNebula's template syntax" },
  },
}

export const CLUSTER_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: CLUSTER_SCHEMA_ID,
  title: 'A cluster and the VMs to plan on it',
  type: 'object',
  required: ['hosts', 'vms'],
  properties: {
    hosts: { type: 'array', items: host },
    vms: { type: 'array', items: vm },
  },
}
