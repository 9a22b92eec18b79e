/** VMs in OpenNebula's shape: `VM_POOL/VM`, as `onevm list -x` and `onevm show -x` print them. */
import { addressParts, parseAddress, shortAddress } from '../../model/address.ts'
import type { VmState } from '../../model/vm.ts'
import type { VmDeviceView, VmSummary, VmView } from '../../view/documents.ts'
import { field, type XmlElement } from '../documents/element.ts'
import { templateElements } from '../template/xml.ts'

/** STATE and LCM_STATE as OpenNebula numbers them (VirtualMachine.h). */
const STATES: Readonly<Record<VmState, readonly [state: number, lifecycle: number]>> = {
  PENDING: [1, 0],
  HOLD: [2, 0],
  BOOT: [3, 2],
  RUNNING: [3, 3],
  SHUTDOWN: [3, 18],
  UNKNOWN: [3, 16],
  BOOT_FAILURE: [3, 36],
  POWEROFF: [8, 0],
  DONE: [6, 0],
}
const HOTPLUG = 17

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000)

function pci({ address, type, request }: VmDeviceView): XmlElement {
  const [vendor = '', device = '', classId = ''] = type.split(':')
  const parsed = parseAddress(address)
  if (parsed === null) return ['PCI', [field('ADDRESS', address)]]
  const { domain, bus, slot, function: fn } = addressParts(parsed)
  return [
    'PCI',
    [
      field('ADDRESS', `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}:${fn}`),
      field('BUS', hex(bus, 2)),
      field('CLASS', classId),
      field('DEVICE', device),
      field('DOMAIN', hex(domain, 4)),
      field('FUNCTION', fn),
      field('PCI_ID', request),
      field('SHORT_ADDRESS', shortAddress(parsed)),
      field('SLOT', hex(slot, 2)),
      field('VENDOR', vendor),
    ],
  ]
}

/** What stands elsewhere in the element, or is told by the devices that it was given. */
const TOLD: ReadonlySet<string> = new Set(['NAME', 'CPU', 'MEMORY'])

/** PCI blocks: the devices given, then blocks that have none. */
function template(vm: VmSummary | VmView): XmlElement {
  const given = vm.devices.filter(({ role }) => role === 'passed')
  const served = new Set(given.map(({ request }) => request))
  let block = 0
  const rest = ('template' in vm ? templateElements(vm.template) : []).filter(
    ([name]) => !TOLD.has(name) && !(name === 'PCI' && served.has(block++)),
  )
  return [
    'TEMPLATE',
    [
      field('CPU', vm.cpu / 100),
      field('MEMORY', vm.memoryMiB),
      ...given.map(pci),
      ...rest,
      field('VMID', vm.id),
    ],
  ]
}

/** Where it is now: of where it was, and when, its summary tells nothing. */
function history({ host, hostName }: VmSummary): XmlElement {
  if (host === null) return ['HISTORY_RECORDS', []]
  return [
    'HISTORY_RECORDS',
    [['HISTORY', [field('HOSTNAME', hostName), field('HID', host), field('CID', -1)]]],
  ]
}

/** Berth has no users of OpenNebula's kind: UID and GID are -1. */
export function vmElement(vm: VmSummary | VmView): XmlElement {
  const [state, lifecycle] = STATES[vm.state]
  const moving = 'moving' in vm && vm.moving !== null && vm.state === 'RUNNING'
  return [
    'VM',
    [
      field('ID', vm.id),
      field('UID', -1),
      field('GID', -1),
      field('UNAME', null),
      field('GNAME', null),
      field('NAME', vm.name),
      field('STATE', state),
      field('LCM_STATE', moving ? HOTPLUG : lifecycle),
      field('RESCHED', 0),
      field('STIME', seconds(vm.createdAt)),
      field('ETIME', 0),
      field('DEPLOY_ID', null),
      template(vm),
      ['USER_TEMPLATE', vm.message === null ? [] : [field('SCHED_MESSAGE', vm.message)]],
      history(vm),
    ],
  ]
}
