/** What is known of a VM beside its state and devices. */
import type { VmView } from '../api/documents.ts'
import { coresText, memoryText } from '../parts/amounts.ts'
import { FactList } from '../parts/facts.tsx'
import { Time } from '../parts/time.tsx'
import { HostLink, useSimulated } from './host-link.tsx'

const FIRMWARE = { bios: 'BIOS', uefi: 'UEFI', 'uefi-secure': 'UEFI with Secure Boot' } as const

export function Facts({ vm }: { readonly vm: VmView }) {
  const simulated = useSimulated()
  const { hostName, owner, failures } = vm
  const host = hostName === null ? 'none' : <HostLink name={hostName} isSimulated={simulated.has(hostName)} />
  return (
    <FactList
      facts={[
        ['ID', vm.id],
        ['Host', host],
        ['Owner', owner ?? "the operators'"],
        ['CPU', coresText(vm.cpu)],
        ['Memory', memoryText(vm.memoryMiB)],
        ['Firmware', FIRMWARE[vm.firmware]],
        ['Priority', vm.priority],
        ['Epoch', vm.epoch],
        ['Failed deploys', failures === 0 ? 'none' : `${failures} in a row`],
        ['Created', <Time key="created" at={vm.createdAt} />],
      ]}
    />
  )
}
