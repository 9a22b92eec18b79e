/** JSON Schema of templates as `berth template list|show|check|fit` print them. */
import { BOOLEAN, described, document, INTEGER, listOf, record, STRING, TIME } from './shape.ts'
import { HOST_REASONS } from './vm.ts'

const TEMPLATE = record({ id: INTEGER, name: STRING, text: STRING, createdAt: TIME })

export const TEMPLATE_SCHEMA = document('template', 'A stored VM template', TEMPLATE)
export const TEMPLATE_LIST_SCHEMA = document('template-list', 'Stored templates, by id', listOf(TEMPLATE))

export const TEMPLATE_CHECK_SCHEMA = document(
  'template-check',
  'How many hosts could take one VM of a template',
  record({
    valid: { const: true },
    hosts: INTEGER,
    ever: described(INTEGER, 'With no other VM in the cluster; hosts that are not on do not count'),
    now: described(INTEGER, 'As things stand'),
    reasons: HOST_REASONS,
  }),
)

export const TEMPLATE_FIT_SCHEMA = document(
  'template-fit',
  'How many more VMs of a template could be placed now, and on which hosts',
  record({
    count: INTEGER,
    more: described(BOOLEAN, 'True = there is room for more than the limit'),
    limit: described(INTEGER, 'So many are counted at most'),
    afterWaiting: described(BOOLEAN, 'The VMs that wait now were placed first'),
    hosts: listOf(
      record({ host: INTEGER, hostName: STRING, count: INTEGER }),
      'By host id, those alone that get some',
    ),
    reasons: described(HOST_REASONS, 'Why the next one fits nowhere; empty where there is room for more'),
  }),
)
