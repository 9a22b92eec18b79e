/** JSON Schema of what `berth sriov list` and `berth sriov set` print (`berth schema sriov-list`, `berth schema sriov-pf`). */
import { DEVICE_STATE } from './device.ts'
import { BOOLEAN, described, document, INTEGER, listOf, orNull, record, STRING, TIME } from './shape.ts'

const NAMES = {
  address: STRING,
  type: described(STRING, 'vendor:device:class'),
  name: orNull(STRING),
  driver: orNull(STRING),
}

const STATE = {
  vm: described(orNull(INTEGER), 'The VM that holds it'),
  state: DEVICE_STATE,
  why: described(orNull(STRING), 'Why it is not free'),
}

const VF = record({
  ...NAMES,
  index: described(orNull(INTEGER), 'Its number among those of its PF, from 0'),
  iommuGroup: orNull(INTEGER),
  offered: BOOLEAN,
  ...STATE,
})

const PF = record({
  host: INTEGER,
  hostName: STRING,
  ...NAMES,
  networkInterfaces: listOf(STRING),
  totalVfs: INTEGER,
  numVfs: described(INTEGER, 'Enabled now'),
  wantedVfs: described(orNull(INTEGER), 'What an operator asked for; kept over reboots'),
  driverAble: described(
    orNull(BOOLEAN),
    'Whether its driver can make VFs; null = not known before it is asked to',
  ),
  failure: described(orNull(STRING), 'Why the last change of their number failed'),
  ...STATE,
  vfs: listOf(VF, 'By index'),
})

export const SRIOV_PF_SCHEMA = document('sriov-pf', 'A physical function and its virtual functions', PF)

export const SRIOV_LIST_SCHEMA = document(
  'sriov-list',
  'SR-IOV capable devices of a host, and their virtual functions',
  record({
    host: INTEGER,
    hostName: STRING,
    reportedAt: orNull(TIME),
    pfs: listOf(PF, 'In address order'),
  }),
)
