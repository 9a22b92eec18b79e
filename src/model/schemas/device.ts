/** JSON Schema of devices as `berth device list|show` print them (`berth schema device`, `berth schema device-list`). */
import {
  BOOLEAN,
  described,
  document,
  INTEGER,
  listOf,
  oneOf,
  orNull,
  record,
  type Schema,
  STRING,
} from './shape.ts'

export const DEVICE_STATE = oneOf(
  ['free', 'claimed', 'attached', 'held', 'releasing', 'missing', 'drained', 'quarantined', 'unassignable'],
  'held = a group mate of a passed device; releasing = on its way back; missing = not seen any more',
)

export const DEVICE_KIND = oneOf(['plain', 'pf', 'vf'])
export const HEX_ID: Schema = { type: 'string', pattern: '^[0-9a-f]{4}$' }

const MSIX = record({
  vectors: INTEGER,
  tableBar: INTEGER,
  tableOffset: INTEGER,
  pbaBar: INTEGER,
  pbaOffset: INTEGER,
  overlap: described(BOOLEAN, 'The table and the pending bits share bytes of one BAR'),
})

const USAGE = record({
  address: STRING,
  reason: oneOf([
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
  ]),
  detail: STRING,
})

const PASSTHROUGH = record({
  upstream: described(orNull(STRING), 'The bridge that it hangs on'),
  acs: described(orNull(BOOLEAN), 'Has access control, or is a port that needs none'),
  flr: described(orNull(BOOLEAN), 'Announces function level reset'),
  resettable: described(BOOLEAN, 'The kernel has some way to reset it'),
  barSizes: described(orNull(listOf(INTEGER)), 'Bytes of BAR 0 to 5; read only where MSI-X lies in them'),
  msi: described(orNull(BOOLEAN), 'Can interrupt by message: MSI or MSI-X'),
  irq: described(orNull(INTEGER), 'The legacy interrupt line that it is on'),
  rom: described(BOOLEAN, 'Has an expansion ROM'),
  reservedMemory: described(orNull(BOOLEAN), 'The firmware demands memory mapped one to one (RMRR, IVMD)'),
})

const DIAGNOSIS = record({
  code: STRING,
  level: oneOf(['warning', 'note'], 'warning = a VM may not start with it; note = good to know'),
  message: STRING,
})

/** What the probe saw. */
const FACTS: Readonly<Record<string, Schema>> = {
  address: described(STRING, 'domain:bus:slot.function, such as 0000:3b:00.1'),
  vendor: HEX_ID,
  device: HEX_ID,
  class: described(HEX_ID, 'Base class and subclass'),
  progIf: STRING,
  revision: orNull(STRING),
  subsystemVendor: orNull(HEX_ID),
  subsystemDevice: orNull(HEX_ID),
  vendorName: orNull(STRING),
  deviceName: orNull(STRING),
  className: orNull(STRING),
  kind: DEVICE_KIND,
  parent: described(orNull(STRING), 'The PF of a VF'),
  totalVfs: INTEGER,
  numVfs: INTEGER,
  numaNode: orNull(INTEGER),
  iommuGroup: orNull(INTEGER),
  driver: orNull(STRING),
  bridge: BOOLEAN,
  networkInterfaces: listOf(STRING),
  resetMethods: listOf(STRING),
  msix: orNull(MSIX),
  pcie: described(orNull(BOOLEAN), 'false = conventional PCI; null = not known'),
  identity: described(orNull(STRING), 'Survives renumbering'),
  passthrough: described(orNull(PASSTHROUGH), 'What diagnosis rests on; null = not known'),
}

export const DEVICE: Schema = record({
  ...FACTS,
  host: INTEGER,
  hostName: STRING,
  offered: BOOLEAN,
  health: oneOf(['ok', 'drained', 'quarantined']),
  healthReason: described(orNull(STRING), 'Why it is drained or quarantined'),
  inUse: listOf(USAGE, 'What the host itself needs it for'),
  allowed: described(BOOLEAN, 'May be given although the host uses it: an operator said so'),
  reserved: described(BOOLEAN, 'An operator wants it on vfio-pci for good'),
  wantedVfs: described(orNull(INTEGER), 'Virtual functions that an operator wants of it, after a reboot too'),
  vm: described(orNull(INTEGER), 'The VM that holds it, passed or as a group mate'),
  state: DEVICE_STATE,
  why: described(orNull(STRING), 'Why it is not free'),
  diagnosis: listOf(DIAGNOSIS, 'What may go wrong when it is passed'),
})

export const DEVICE_SCHEMA = document('device', 'A PCI device of a host', DEVICE)
export const DEVICE_LIST_SCHEMA = document(
  'device-list',
  'PCI devices, by host, then address',
  listOf(DEVICE),
)
