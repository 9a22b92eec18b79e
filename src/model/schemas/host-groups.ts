/** JSON Schema of what `berth host groups` prints (`berth schema host-groups`). */
import { DEVICE_STATE } from './device.ts'
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
  TIME,
} from './shape.ts'

const MEMBER = record({
  address: STRING,
  type: described(STRING, 'vendor:device:class, such as 10de:20b0:0302'),
  name: orNull(STRING),
  bridge: BOOLEAN,
  driver: orNull(STRING),
  offered: BOOLEAN,
  vm: orNull(INTEGER),
  state: DEVICE_STATE,
  why: described(orNull(STRING), 'Why it is not free'),
})

const GROUP = record({
  group: described(orNull(INTEGER), 'null = the devices that are in no group'),
  state: oneOf(
    ['free', 'held', 'unassignable', 'never'],
    'free = something in it can be given now; held = a VM has it; never = only bridges and chipset functions',
  ),
  viable: described(
    BOOLEAN,
    'Nothing in it stands in the way of the VM that holds it, or, where none does, of any',
  ),
  why: described(orNull(STRING), 'Why it is not viable, or why nothing in it can be given'),
  vm: described(orNull(INTEGER), 'The VM that holds it'),
  devices: listOf(MEMBER, 'In address order, bridges among them'),
})

const VALUE: Schema = { anyOf: [STRING, INTEGER, { type: 'null' }] }

const DIFFERENCE = record({
  address: STRING,
  field: oneOf(
    ['device', 'iommuGroup', 'driver', 'class', 'parent'],
    'device = only one of them knows it: the value is "present" or null',
  ),
  sysfs: VALUE,
  libvirt: VALUE,
})

const LIBVIRT = record({
  differences: described(orNull(listOf(DIFFERENCE)), 'Empty = they agree; null = they could not be compared'),
  failure: described(orNull(STRING), 'Why they could not be compared'),
})

export const HOST_GROUPS_SCHEMA = document(
  'host-groups',
  'IOMMU groups of a host',
  record({
    host: INTEGER,
    hostName: STRING,
    reportedAt: orNull(TIME),
    groups: listOf(GROUP, 'By number, the devices in no group last'),
    libvirt: described(orNull(LIBVIRT), 'null = not asked for'),
  }),
)
