/** Hosts and their devices, for the OpenAPI document. */
import { DEVICE_LIST_SCHEMA, DEVICE_SCHEMA } from '../../../model/schemas/device.ts'
import { DEVICE_HISTORY_SCHEMA } from '../../../model/schemas/device-history.ts'
import { DEVICE_MAP_SCHEMA, DEVICE_TYPES_SCHEMA } from '../../../model/schemas/device-types.ts'
import {
  DRIFT_SCHEMA,
  HOST_ERRAND_SCHEMA,
  HOST_FENCE_SCHEMA,
  HOST_LIST_SCHEMA,
  HOST_SCHEMA,
} from '../../../model/schemas/host.ts'
import { HOST_GROUPS_SCHEMA } from '../../../model/schemas/host-groups.ts'
import { SRIOV_LIST_SCHEMA, SRIOV_PF_SCHEMA } from '../../../model/schemas/sriov.ts'
import { answers, answersOrLater, NO_CONTENT, type Operation, type Operations } from '../operation.ts'

const host = (summary: string, given: Operation['answers']): Operation => ({
  summary,
  tag: 'hosts',
  answers: given,
})
const device = (summary: string, given: Operation['answers']): Operation => ({
  ...{ summary, tag: 'devices', answers: given },
})

const DEVICE = '/v1/hosts/:host/devices/:address'

export const INVENTORY: Operations = {
  'GET /v1/hosts': host('List the hosts', answers(HOST_LIST_SCHEMA)),
  'POST /v1/hosts': host('Add a host and probe it', answers(HOST_SCHEMA, 201)),
  'GET /v1/hosts/:host': host('Show a host with its devices', answers(HOST_SCHEMA)),
  'PATCH /v1/hosts/:host': host("Change a host's filter, periods and attributes", answers(HOST_SCHEMA)),
  'DELETE /v1/hosts/:host': host('Forget a host; nothing on it is touched', NO_CONTENT),
  'POST /v1/hosts/:host/enable': host('Let a host take VMs', answers(HOST_SCHEMA)),
  'POST /v1/hosts/:host/disable': host('Let a host take no further VMs', answers(HOST_SCHEMA)),
  'GET /v1/hosts/:host/groups': host("Show a host's IOMMU groups", answers(HOST_GROUPS_SCHEMA)),
  'GET /v1/hosts/:host/sriov': host("List a host's SR-IOV devices", answers(SRIOV_LIST_SCHEMA)),
  'GET /v1/hosts/:host/fence': host('Tell what fencing a host would do', answers(HOST_FENCE_SCHEMA)),
  'POST /v1/hosts/:host/fence': host('Give a silent host up, and what it holds', answers(HOST_FENCE_SCHEMA)),
  'POST /v1/hosts/:host/prepare': host(
    "Have a host's agent run `berth prepare`",
    answers(HOST_ERRAND_SCHEMA, 202),
  ),
  'GET /v1/hosts/:host/prepare/:errand': host('Tell what became of it', answers(HOST_ERRAND_SCHEMA)),
  'POST /v1/drift': host('Compare hosts with the database, and mend what can be', answers(DRIFT_SCHEMA)),
  'GET /v1/devices': device('List devices', answers(DEVICE_LIST_SCHEMA)),
  'GET /v1/devices/types': device('Count the offered devices by type', answers(DEVICE_TYPES_SCHEMA)),
  'GET /v1/devices/map': device(
    'Tell the states of all offered devices, by host',
    answers(DEVICE_MAP_SCHEMA),
  ),
  [`GET ${DEVICE}`]: device('Show a device, and why it is not free', answers(DEVICE_SCHEMA)),
  [`GET ${DEVICE}/history`]: device('Tell what happened to a device', answers(DEVICE_HISTORY_SCHEMA)),
  [`POST ${DEVICE}/allow`]: device('Give a device although its host uses it, or not', answers(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/drain`]: device('Give a device to no further VM', answers(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/undrain`]: device('Give a drained device again', answers(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/quarantine`]: device(
    'Trust a device, and its IOMMU group, no more',
    answers(DEVICE_SCHEMA),
  ),
  [`POST ${DEVICE}/clear`]: device('Trust a quarantined device again', answers(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/bind`]: device('Put a device on vfio-pci', answersOrLater(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/unbind`]: device('Put a device back on its driver', answersOrLater(DEVICE_SCHEMA)),
  [`POST ${DEVICE}/reserve`]: device(
    'Keep a device on vfio-pci for good, or not',
    answersOrLater(DEVICE_SCHEMA),
  ),
  [`POST ${DEVICE}/sriov`]: device('Set the number of virtual functions', answersOrLater(SRIOV_PF_SCHEMA)),
}
