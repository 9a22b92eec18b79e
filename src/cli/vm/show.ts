/** `berth vm show` as text, and the line that tells what became of a VM. */
import type { VmView } from '../../view/documents.ts'
import { memoryText, timeText } from '../text/amounts.ts'
import { printable, printableLines } from '../text/printable.ts'
import { fieldLine, page, section, tableSection } from '../text/sections.ts'
import { tableText } from '../text/table.ts'
import { coresText, VM_DEVICE_COLUMNS, VM_USB_COLUMNS } from './columns.ts'

const FIRMWARE_WORDS = { bios: 'BIOS', uefi: 'UEFI', 'uefi-secure': 'UEFI, Secure Boot' } as const

function information(vm: VmView): string {
  return section(`VIRTUAL MACHINE ${vm.id} INFORMATION`, [
    fieldLine(['ID', vm.id]),
    fieldLine(['NAME', vm.name]),
    fieldLine(['OWNER', vm.owner]),
    fieldLine(['STATE', vm.state]),
    fieldLine(['HOST', vm.hostName]),
    fieldLine(['PRIORITY', vm.priority]),
    fieldLine(['CPU', coresText(vm.cpu)]),
    fieldLine(['MEMORY', memoryText(vm.memoryMiB)]),
    fieldLine(['FIRMWARE', FIRMWARE_WORDS[vm.firmware]]),
    fieldLine(['CREATED', timeText(vm.createdAt)]),
    ...(vm.moving === null
      ? []
      : [fieldLine(['DEVICES', vm.moving === 'attach' ? 'being attached' : 'being detached'])]),
    ...(vm.failures === 0 ? [] : [fieldLine(['FAILED DEPLOYS', vm.failures])]),
    ...(vm.message === null ? [] : [fieldLine(['MESSAGE', vm.message])]),
    ...nextStep(vm).map((words) => fieldLine(['NEXT', words])),
  ])
}

/** What a person can do about a VM that does not run. */
function nextStep({ id, state, message, hostName }: VmView): readonly string[] {
  switch (state) {
    case 'HOLD':
      return [`berth vm release ${id} lets it be placed`]
    case 'PENDING':
      if (message !== null) return [`berth explain ${id} tells why, host by host`]
      return ['the next cycle places it: berth schedule --once, or berth serve']
    case 'UNKNOWN':
      return hostName === null ? [] : [`its host is silent: berth host show ${hostName} tells why`]
    case 'POWEROFF':
      return [`berth vm start ${id} places it anew; berth vm terminate ${id} ends it`]
    case 'BOOT_FAILURE':
      return [`when the cause is gone: berth vm start ${id}; or berth vm terminate ${id}`]
    default:
      return []
  }
}

function devices(vm: VmView): string | null {
  if (vm.devices.length === 0) return null
  return tableSection('PCI DEVICES', tableText(VM_DEVICE_COLUMNS, vm.devices, null))
}

function usb(vm: VmView): string | null {
  if (vm.usb.length === 0) return null
  return tableSection('USB DEVICES', tableText(VM_USB_COLUMNS, vm.usb, null))
}

function history(vm: VmView): string | null {
  if (vm.history.length === 0) return null
  return section(
    'VIRTUAL MACHINE HISTORY',
    vm.history.map(({ at, what }) => printable(`${timeText(at)} ${what}`)),
  )
}

export function vmText(vm: VmView): string {
  return page([
    information(vm),
    devices(vm),
    usb(vm),
    history(vm),
    section('VIRTUAL MACHINE TEMPLATE', [printableLines(vm.template.trimEnd())]),
  ])
}

/** `VM 5 (train-1): RUNNING on kvm-a`, with the message where there is one. */
export function outcomeLine(vm: VmView): string {
  const where = vm.hostName === null ? '' : ` on ${vm.hostName}`
  const why = vm.message === null ? '' : `: ${vm.message}`
  return `${printable(`VM ${vm.id} (${vm.name}): ${vm.state}${where}${why}`)}\n`
}
