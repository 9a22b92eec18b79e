/** JSON Schema (draft 7) of a device in documents: shared by the PCI inventory and the host report. */

const hex4 = { type: 'string', pattern: '^[0-9a-f]{4}$' } as const
const hex2 = { type: 'string', pattern: '^[0-9a-f]{2}$' } as const
const text = { type: 'string' } as const
/** As large as a column of the database takes. */
export const STORED_COUNT = { type: 'integer', minimum: 0, maximum: 2147483647 } as const
const count = { type: 'integer', minimum: 0 } as const
const nullable = <T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] }) as const

export const ADDRESS_SCHEMA = {
  type: 'string',
  pattern: '^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]$',
} as const

const MSIX_SCHEMA = {
  type: 'object',
  required: ['vectors', 'tableBar', 'tableOffset', 'pbaBar', 'pbaOffset', 'overlap'],
  properties: {
    vectors: count,
    tableBar: count,
    tableOffset: count,
    pbaBar: count,
    pbaOffset: count,
    overlap: { type: 'boolean' },
  },
} as const

const PASSTHROUGH_SCHEMA = {
  type: 'object',
  required: [
    ...['upstream', 'acs', 'flr', 'resettable', 'barSizes'],
    ...['msi', 'irq', 'rom', 'reservedMemory'],
  ],
  properties: {
    upstream: nullable(ADDRESS_SCHEMA),
    acs: nullable({ type: 'boolean' }),
    flr: nullable({ type: 'boolean' }),
    resettable: { type: 'boolean' },
    barSizes: nullable({ type: 'array', items: count }),
    msi: nullable({ type: 'boolean' }),
    irq: nullable(count),
    rom: { type: 'boolean' },
    reservedMemory: nullable({ type: 'boolean' }),
  },
} as const

export const DEVICE_PROPERTIES = {
  address: ADDRESS_SCHEMA,
  vendor: hex4,
  device: hex4,
  class: hex4,
  progIf: hex2,
  revision: nullable(hex2),
  subsystemVendor: nullable(hex4),
  subsystemDevice: nullable(hex4),
  vendorName: nullable(text),
  deviceName: nullable(text),
  className: nullable(text),
  kind: { enum: ['plain', 'pf', 'vf'] },
  parent: nullable(ADDRESS_SCHEMA),
  totalVfs: count,
  numVfs: count,
  numaNode: nullable(STORED_COUNT),
  iommuGroup: nullable(STORED_COUNT),
  driver: nullable(text),
  bridge: { type: 'boolean' },
  networkInterfaces: { type: 'array', items: text },
  resetMethods: { type: 'array', items: text },
  msix: nullable(MSIX_SCHEMA),
  pcie: nullable({ type: 'boolean' }),
  identity: nullable(text),
  passthrough: nullable(PASSTHROUGH_SCHEMA),
} as const

/** What came after the first version is optional, so that an older probe's report is still taken in. */
export const DEVICE_REQUIRED: readonly string[] = Object.keys(DEVICE_PROPERTIES).filter(
  (name) => name !== 'passthrough',
)
