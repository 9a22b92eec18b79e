/** JSON Schema of devices by type (`berth device types`) and of the map of hosts (`GET /v1/devices/map`). */
import { DEVICE_KIND, DEVICE_STATE, HEX_ID } from './device.ts'
import { HOST_STATE } from './host.ts'
import { described, document, INTEGER, listOf, orNull, record, type Schema, STRING } from './shape.ts'

const TYPE = described(STRING, 'vendor:device:class, such as 10de:20b0:0302')

/** States that none is in are left out. */
const COUNTS: Schema = {
  type: 'object',
  properties: Object.fromEntries(DEVICE_STATE.enum.map((state) => [state, INTEGER])),
  description: 'How many are in each state; one that none is in is left out',
}

export const DEVICE_TYPES_SCHEMA = document(
  'device-types',
  'The offered devices of all hosts, counted by type; bridges are left out',
  listOf(
    record({
      type: TYPE,
      ...{ vendor: HEX_ID, device: HEX_ID, class: HEX_ID },
      ...{ vendorName: orNull(STRING), deviceName: orNull(STRING), className: orNull(STRING) },
      kinds: listOf(DEVICE_KIND),
      total: INTEGER,
      free: INTEGER,
      hosts: described(INTEGER, 'Hosts that have one'),
      hostsWithFree: INTEGER,
      states: COUNTS,
    }),
  ),
)

export const DEVICE_MAP_SCHEMA = document(
  'device-map',
  'Hosts, by id, with their offered devices by type; bridges are left out',
  listOf(
    record({
      ...{ host: INTEGER, hostName: STRING, cluster: STRING, state: HOST_STATE },
      types: listOf(
        record({
          type: TYPE,
          name: orNull(STRING),
          devices: listOf(
            record({
              address: STRING,
              state: DEVICE_STATE,
              vm: described(orNull(INTEGER), 'The VM that holds it, passed or as a group mate'),
            }),
            'In address order',
          ),
        }),
      ),
    }),
  ),
)
