/** The JSON Schemas that ship with Berth, by the name that `berth schema NAME` takes. */
import {
  JOIN_TOKEN_SCHEMA,
  LOG_SCHEMA,
  NEW_TOKEN_SCHEMA,
  PERSON_SCHEMA,
  QUOTA_LIST_SCHEMA,
  QUOTA_SCHEMA,
  TOKEN_LIST_SCHEMA,
} from './model/schemas/access.ts'
import { AGENT_STATUS_SCHEMA } from './model/schemas/agent-status.ts'
import { CLUSTER_SCHEMA } from './model/schemas/cluster.ts'
import { CONTEXT_LIST_SCHEMA, CONTEXT_SCHEMA } from './model/schemas/context.ts'
import { CYCLE_SCHEMA } from './model/schemas/cycle.ts'
import {
  DB_BACKUP_SCHEMA,
  DB_CHECK_SCHEMA,
  DB_COPY_SCHEMA,
  DB_MIGRATE_SCHEMA,
} from './model/schemas/database.ts'
import { DEVICE_LIST_SCHEMA, DEVICE_SCHEMA } from './model/schemas/device.ts'
import { DEVICE_HISTORY_SCHEMA } from './model/schemas/device-history.ts'
import { DEVICE_MAP_SCHEMA, DEVICE_TYPES_SCHEMA } from './model/schemas/device-types.ts'
import {
  DRIFT_SCHEMA,
  HOST_ERRAND_SCHEMA,
  HOST_FENCE_SCHEMA,
  HOST_LIST_SCHEMA,
  HOST_SCHEMA,
} from './model/schemas/host.ts'
import { HOST_GROUPS_SCHEMA } from './model/schemas/host-groups.ts'
import { CAPACITY_JSON_SCHEMA, USAGE_JSON_SCHEMA } from './model/schemas/host-probes.ts'
import { HOST_REPORT_JSON_SCHEMA } from './model/schemas/host-report.ts'
import { PCI_INVENTORY_JSON_SCHEMA } from './model/schemas/pci-inventory.ts'
import { PLAN_SCHEMA } from './model/schemas/plan.ts'
import { PREPARE_SCHEMA } from './model/schemas/prepare.ts'
import { PROBLEM_SCHEMA } from './model/schemas/problem.ts'
import { READINESS_SCHEMA } from './model/schemas/readiness.ts'
import { SRIOV_LIST_SCHEMA, SRIOV_PF_SCHEMA } from './model/schemas/sriov.ts'
import {
  TEMPLATE_CHECK_SCHEMA,
  TEMPLATE_FIT_SCHEMA,
  TEMPLATE_LIST_SCHEMA,
  TEMPLATE_SCHEMA,
} from './model/schemas/template.ts'
import { USB_INVENTORY_JSON_SCHEMA } from './model/schemas/usb-inventory.ts'
import { EXPLANATION_SCHEMA, VM_LIST_SCHEMA, VM_SCHEMA, VM_WAIT_SCHEMA } from './model/schemas/vm.ts'

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'agent-status': AGENT_STATUS_SCHEMA,
  capacity: CAPACITY_JSON_SCHEMA,
  cluster: CLUSTER_SCHEMA,
  context: CONTEXT_SCHEMA,
  'context-list': CONTEXT_LIST_SCHEMA,
  cycle: CYCLE_SCHEMA,
  'db-backup': DB_BACKUP_SCHEMA,
  'db-check': DB_CHECK_SCHEMA,
  'db-copy': DB_COPY_SCHEMA,
  'db-migrate': DB_MIGRATE_SCHEMA,
  device: DEVICE_SCHEMA,
  'device-history': DEVICE_HISTORY_SCHEMA,
  'device-list': DEVICE_LIST_SCHEMA,
  'device-map': DEVICE_MAP_SCHEMA,
  'device-types': DEVICE_TYPES_SCHEMA,
  drift: DRIFT_SCHEMA,
  explanation: EXPLANATION_SCHEMA,
  host: HOST_SCHEMA,
  'host-errand': HOST_ERRAND_SCHEMA,
  'host-fence': HOST_FENCE_SCHEMA,
  'host-groups': HOST_GROUPS_SCHEMA,
  'host-list': HOST_LIST_SCHEMA,
  'host-report': HOST_REPORT_JSON_SCHEMA,
  'join-token': JOIN_TOKEN_SCHEMA,
  log: LOG_SCHEMA,
  me: PERSON_SCHEMA,
  'new-token': NEW_TOKEN_SCHEMA,
  'pci-inventory': PCI_INVENTORY_JSON_SCHEMA,
  plan: PLAN_SCHEMA,
  prepare: PREPARE_SCHEMA,
  problem: PROBLEM_SCHEMA,
  quota: QUOTA_SCHEMA,
  'quota-list': QUOTA_LIST_SCHEMA,
  readiness: READINESS_SCHEMA,
  'sriov-list': SRIOV_LIST_SCHEMA,
  'sriov-pf': SRIOV_PF_SCHEMA,
  template: TEMPLATE_SCHEMA,
  'template-check': TEMPLATE_CHECK_SCHEMA,
  'template-fit': TEMPLATE_FIT_SCHEMA,
  'template-list': TEMPLATE_LIST_SCHEMA,
  'token-list': TOKEN_LIST_SCHEMA,
  usage: USAGE_JSON_SCHEMA,
  'usb-inventory': USB_INVENTORY_JSON_SCHEMA,
  vm: VM_SCHEMA,
  'vm-list': VM_LIST_SCHEMA,
  'vm-wait': VM_WAIT_SCHEMA,
}

export function schemaNames(): readonly string[] {
  return Object.keys(SCHEMAS)
}

/** By its name, with or without `berth.` before and the version (`/1`) behind it; undefined = there is none. */
export function schemaNamed(name: string): unknown {
  const bare = name.replace(/^berth\./, '').replace(/\/1$/, '')
  return Object.hasOwn(SCHEMAS, bare) ? SCHEMAS[bare] : undefined
}
