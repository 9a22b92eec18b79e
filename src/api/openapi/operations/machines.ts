/** VMs and templates, for the OpenAPI document. */
import {
  TEMPLATE_CHECK_SCHEMA,
  TEMPLATE_FIT_SCHEMA,
  TEMPLATE_LIST_SCHEMA,
  TEMPLATE_SCHEMA,
} from '../../../model/schemas/template.ts'
import { EXPLANATION_SCHEMA, VM_LIST_SCHEMA, VM_SCHEMA, VM_WAIT_SCHEMA } from '../../../model/schemas/vm.ts'
import { answers, answersOrLater, NO_CONTENT, type Operation, type Operations } from '../operation.ts'

const vm = (summary: string, given = answers(VM_SCHEMA)): Operation => ({
  summary,
  tag: 'vms',
  answers: given,
})
const template = (summary: string, given: Operation['answers']): Operation => ({
  ...{ summary, tag: 'templates', answers: given },
})

export const MACHINES: Operations = {
  'GET /v1/vms': vm('List VMs', answers(VM_LIST_SCHEMA)),
  'POST /v1/vms': vm('Create a VM', answers(VM_SCHEMA, 201)),
  'GET /v1/vms/:vm': vm('Show a VM with its devices and history'),
  'GET /v1/vms/:vm/wait': vm('Wait until a VM is in a state', answers(VM_WAIT_SCHEMA)),
  'GET /v1/vms/:vm/explain': vm('Tell why a VM waits, host by host', answers(EXPLANATION_SCHEMA)),
  'POST /v1/vms/:vm/hold': vm('Keep a waiting VM from being placed'),
  'POST /v1/vms/:vm/release': vm('Let a held VM be placed'),
  'POST /v1/vms/:vm/start': vm('Place a stopped VM anew'),
  'POST /v1/vms/:vm/deploy': vm('Place a waiting VM on a host now'),
  'POST /v1/vms/:vm/stop': vm('Shut a VM down and give its devices back'),
  'POST /v1/vms/:vm/terminate': vm('End a VM for good'),
  'POST /v1/vms/:vm/attach-pci': vm('Give a VM more PCI devices', answersOrLater(VM_SCHEMA)),
  'POST /v1/vms/:vm/detach-pci': vm('Take PCI devices from a VM', answersOrLater(VM_SCHEMA)),
  'POST /v1/vms/:vm/attach-usb': vm('Give a VM a USB device', answersOrLater(VM_SCHEMA)),
  'POST /v1/vms/:vm/detach-usb': vm('Take a USB device from a VM', answersOrLater(VM_SCHEMA)),
  'GET /v1/templates': template('List the templates', answers(TEMPLATE_LIST_SCHEMA)),
  'POST /v1/templates': template('Store a template', answers(TEMPLATE_SCHEMA, 201)),
  'GET /v1/templates/:template': template('Show a template', answers(TEMPLATE_SCHEMA)),
  'PUT /v1/templates/:template': template(
    'Replace the text of a template; VMs made of it stay',
    answers(TEMPLATE_SCHEMA),
  ),
  'DELETE /v1/templates/:template': template('Delete a template; VMs made of it stay', NO_CONTENT),
  'GET /v1/templates/:template/check': template(
    'Tell what a template would find',
    answers(TEMPLATE_CHECK_SCHEMA),
  ),
  'POST /v1/templates/check': template(
    'Tell what a text would find as a template',
    answers(TEMPLATE_CHECK_SCHEMA),
  ),
  'GET /v1/templates/:template/fit': template(
    'Count how many more VMs of a template could be placed now',
    answers(TEMPLATE_FIT_SCHEMA),
  ),
  'POST /v1/templates/fit': template(
    'Count how many VMs of a text as a template could be placed now',
    answers(TEMPLATE_FIT_SCHEMA),
  ),
  'POST /v1/templates/:template/instantiate': template(
    'Create VMs of a template',
    answers(VM_LIST_SCHEMA, 201),
  ),
}
