/** JSON Schema of what `berth plan --json` prints (`berth schema plan`). */

export const PLAN_SCHEMA_ID = 'berth.plan/1'

const given = {
  type: 'object',
  required: ['request', 'address'],
  properties: {
    request: { type: 'integer', minimum: 0, description: "The template's PCI block, from 0" },
    address: { type: 'string' },
  },
}

const givenUsb = {
  type: 'object',
  required: ['request', 'bus', 'device', 'port'],
  properties: {
    request: { type: 'integer', minimum: 0, description: "The template's USB block, from 0" },
    bus: { type: 'integer' },
    device: { type: 'integer' },
    port: { type: 'string' },
  },
}

const placement = {
  type: 'object',
  required: ['vm', 'host', 'devices'],
  properties: {
    vm: { type: 'integer' },
    host: { type: 'integer' },
    devices: { type: 'array', items: given, description: 'By request, then address' },
    usb: {
      type: 'array',
      items: givenUsb,
      description: 'By request; only where the VM asks for USB devices',
    },
  },
}

const reason = {
  type: 'object',
  required: ['host', 'code', 'message'],
  properties: {
    host: { type: 'integer' },
    code: { type: 'string', description: 'Listed in docs/errors.md' },
    message: { type: 'string' },
  },
}

const rejection = {
  type: 'object',
  required: ['vm', 'message', 'reasons'],
  properties: {
    vm: { type: 'integer' },
    message: { type: 'string' },
    reasons: {
      type: 'array',
      items: reason,
      description: 'One for each host, by id; empty for an invalid template',
    },
  },
}

export const PLAN_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: PLAN_SCHEMA_ID,
  title: 'Which VM goes to which host with which devices, and why the others wait',
  type: 'object',
  required: ['placements', 'rejections'],
  properties: {
    placements: { type: 'array', items: placement, description: 'By VM id' },
    rejections: { type: 'array', items: rejection, description: 'By VM id' },
  },
}
