/** JSON Schema of VMs as `berth vm list|show` and `berth explain` print them. */
import { GUEST_FIRMWARES, VM_STATES } from '../vm.ts'
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
import { VM_USB_DEVICE } from './usb-device.ts'

const VM_DEVICE = record({
  address: STRING,
  role: oneOf(['passed', 'held']),
  request: described(orNull(INTEGER), "The template's PCI block, from 0; null for a held group mate"),
  type: described(STRING, 'vendor:device:class'),
  name: orNull(STRING),
  state: DEVICE_STATE,
})

const SUMMARY: Readonly<Record<string, Schema>> = {
  id: INTEGER,
  name: STRING,
  owner: described(orNull(STRING), "The user whose it is; null = the operators'"),
  state: oneOf(VM_STATES),
  priority: INTEGER,
  host: orNull(INTEGER),
  hostName: orNull(STRING),
  cpu: described(INTEGER, 'Hundredths of a core'),
  memoryMiB: INTEGER,
  devices: listOf(VM_DEVICE),
  usb: listOf(VM_USB_DEVICE, 'By request'),
  message: described(orNull(STRING), 'Why it waits or what went wrong'),
  createdAt: TIME,
}

const VM = record({
  ...SUMMARY,
  epoch: described(INTEGER, 'Rises with every placement'),
  failures: described(INTEGER, 'Failed deploys in a row'),
  moving: described(
    orNull(oneOf(['attach', 'detach'])),
    'Devices are being given to it, or taken, while it runs',
  ),
  firmware: described(oneOf(GUEST_FIRMWARES), 'What its template asks for; uefi-secure = with Secure Boot'),
  template: STRING,
  history: listOf(record({ at: TIME, what: STRING }), 'Oldest first'),
})

export const VM_SCHEMA = document('vm', 'A virtual machine', VM)
export const VM_LIST_SCHEMA = document('vm-list', 'Virtual machines, by id', listOf(record(SUMMARY)))

export const VM_WAIT_SCHEMA = document(
  'vm-wait',
  'How a wait for a state of a VM ended',
  record({
    reached: described({ type: 'boolean' }, 'False = there was no more time, or its history grew; ask again'),
    for: oneOf(VM_STATES),
    vm: VM,
  }),
)

const HOST_REASON = {
  host: INTEGER,
  hostName: STRING,
  code: described(STRING, 'Listed in docs/errors.md'),
  message: STRING,
}

const ONE_EACH = 'One for each host that cannot take it, by host id'

export const HOST_REASONS: Schema = listOf(record(HOST_REASON), ONE_EACH)

const NEEDED_CHANGES = listOf(
  record({
    code: described(STRING, 'Listed in docs/errors.md'),
    message: described(STRING, 'What to do, with the command to type'),
    address: described(orNull(STRING), 'The PCI device that it is about'),
    vm: described(orNull(INTEGER), "The VM that it is about; null where that is another user's"),
  }),
  'What would have to change, all of it, so that the VM could go there',
)

const EXACT = described(
  BOOLEAN,
  'Nothing cheaper that Berth knows of helps this host; false = none of the changes can be left out, and no more is known',
)

const REMEDIED_REASON = record(HOST_REASON, undefined, {
  changes: described(
    orNull(NEEDED_CHANGES),
    'Null = nothing that Berth knows of would help; absent = not worked out',
  ),
})

export const EXPLANATION_SCHEMA = document(
  'explanation',
  'Why a VM waits, host by host',
  record({
    vm: INTEGER,
    state: oneOf(VM_STATES),
    reasons: listOf(REMEDIED_REASON, ONE_EACH),
    fitting: listOf(record({ host: INTEGER, hostName: STRING }), 'Hosts that could take it now'),
    smallest: described(
      orNull(record({ host: INTEGER, hostName: STRING, changes: NEEDED_CHANGES, exact: EXACT })),
      'The smallest change over all hosts; null = none is needed, or none is known',
    ),
    considered: described(INTEGER, 'Hosts whose changes were worked out'),
    message: STRING,
  }),
)
