/** Template -> the scheduler's picture of a VM that waits. */
import type { PendingVm } from '../model/snapshot.ts'
import type { VmTemplate } from './validate.ts'

/** CPU in hundredths of a core, memory in MiB, both 0 where the template asks for none. */
export function pendingVm(
  vm: Pick<PendingVm, 'id' | 'name' | 'priority' | 'onlyHost'>,
  template: VmTemplate,
): PendingVm {
  return {
    id: vm.id,
    name: vm.name,
    priority: vm.priority,
    cpu: template.definition.cpu,
    memoryMiB: template.definition.memoryMiB,
    requests: template.requests,
    ...(template.usb.length > 0 && { usb: template.usb }),
    ...(template.definition.firmware !== undefined && { uefi: true }),
    numaPolicy: template.numaPolicy,
    requirement: template.requirement,
    rank: template.rank,
    onlyHost: vm.onlyHost,
  }
}
