/** JSON Schema of hosts as `berth host list|show` print them (`berth schema host`, `berth schema host-list`). */
import { DEVICE } from './device.ts'
import { CHECK } from './readiness.ts'
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
import { USB_DEVICE } from './usb-device.ts'

const AGENT = record({
  joinedAt: described(orNull(TIME), 'null = none has joined yet'),
  version: orNull(STRING),
  heardAt: orNull(TIME),
  silentSeconds: described(orNull(INTEGER), 'For how long it has not been heard, where that is too long'),
  compared: described(BOOLEAN, 'Its whole report was taken in since it, or the controller, came back'),
})

export const HOST_STATE = oneOf(['on', 'off', 'disabled', 'unknown'], 'Only hosts that are on get VMs')

const SUMMARY: Readonly<Record<string, Schema>> = {
  id: INTEGER,
  name: STRING,
  cluster: STRING,
  driver: oneOf(['libvirt', 'simulator']),
  simulated: described(BOOLEAN, 'Nothing behind it but files that Berth wrote'),
  state: HOST_STATE,
  runningVms: INTEGER,
  usedCpu: described(INTEGER, 'Hundredths of a core, promised to VMs'),
  totalCpu: orNull(INTEGER),
  usedMemoryMiB: INTEGER,
  totalMemoryMiB: orNull(INTEGER),
  offeredDevices: INTEGER,
  freeDevices: INTEGER,
  passthrough: described(orNull(BOOLEAN), 'Ready to pass devices; null = never probed'),
  passthroughReason: described(orNull(STRING), 'Why it is not; null = it is, or was never probed'),
  reportedAt: orNull(TIME),
  failure: described(orNull(STRING), 'Why the last probe or comparison failed'),
  agent: described(orNull(AGENT), "null = it is reached in the controller's process"),
}

const NUMA_NODE = record({ id: INTEGER, cpus: INTEGER, memoryKiB: INTEGER })

const CAPACITY = record({
  cpus: INTEGER,
  memoryKiB: INTEGER,
  numaNodes: listOf(NUMA_NODE),
  hypervisor: orNull(oneOf(['kvm', 'qemu'])),
  arch: STRING,
  kernel: STRING,
})

const ORPHAN = record({
  ...{ name: STRING, uuid: STRING, vm: INTEGER, epoch: INTEGER },
  database: orNull(STRING),
})

const DRIFT = record({
  ...{ code: STRING, message: STRING, vm: orNull(INTEGER), address: orNull(STRING) },
  domain: orNull(STRING),
  repair: described(
    orNull(oneOf(['possible', 'repaired', 'ordered', 'failed'])),
    'possible = `drift --repair` mends it; ordered = a serve is at it; null = a person must decide',
  ),
})

export const DRIFT_SCHEMA = document(
  'drift',
  'Where the database and hosts differ, by host',
  listOf(
    record({
      ...{ host: INTEGER, hostName: STRING },
      failure: described(orNull(STRING), 'Why the host could not be compared'),
      drift: listOf(DRIFT),
    }),
  ),
)

const HOST = record({
  ...SUMMARY,
  uri: STRING,
  filter: orNull(STRING),
  attributes: { type: 'object', additionalProperties: { anyOf: [STRING, { type: 'number' }] } },
  capacity: orNull(CAPACITY),
  bootId: orNull(STRING),
  generation: INTEGER,
  readiness: record({ passthrough: BOOLEAN, reason: orNull(STRING), checks: orNull(listOf(CHECK)) }),
  devices: listOf(DEVICE, 'All of them, offered or not, in address order'),
  usb: listOf(USB_DEVICE, 'All USB devices, hubs included, by bus, then port'),
  orphans: listOf(ORPHAN, "Domains with Berth's mark that the database does not know"),
  drift: listOf(DRIFT, 'Where the last report differs from the database; orphans stand above'),
})

export const HOST_SCHEMA = document('host', 'A host and its devices', HOST)
export const HOST_LIST_SCHEMA = document('host-list', 'Hosts, by id', listOf(record(SUMMARY)))

export const HOST_FENCE_SCHEMA = document(
  'host-fence',
  'What fencing a host would do, or did',
  record({
    ...{ host: INTEGER, hostName: STRING },
    fenced: described(BOOLEAN, 'false = nothing was changed'),
    answers: described(BOOLEAN, 'It can be asked: then it is not fenced'),
    failure: orNull(STRING),
    agent: orNull(AGENT),
    vms: listOf(record({ vm: INTEGER, name: STRING, from: STRING, to: STRING, devices: listOf(STRING) })),
  }),
)

export const HOST_ERRAND_SCHEMA = document(
  'host-errand',
  "What a host's agent was asked for, and what came of it",
  record({
    ...{ host: INTEGER, errand: INTEGER, state: oneOf(['waiting', 'done', 'failed']) },
    answer: orNull(record({ status: INTEGER, stdout: STRING, stderr: STRING })),
    failure: orNull(STRING),
  }),
)
