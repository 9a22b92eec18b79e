/** What is known of a VM beside its state and devices. */
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { VmView } from '../api/documents.ts'
import { coresText, memoryText } from '../parts/amounts.ts'
import { Time } from '../parts/time.tsx'
import { HostLink, useSimulated } from './host-link.tsx'

const FIRMWARE = { bios: 'BIOS', uefi: 'UEFI', 'uefi-secure': 'UEFI with Secure Boot' } as const

export function Facts({ vm }: { readonly vm: VmView }) {
  const simulated = useSimulated()
  const { hostName, owner, failures } = vm
  return (
    <DescriptionList isHorizontal isCompact className="berth-vm-facts">
      <Fact name="ID">{vm.id}</Fact>
      <Fact name="Host">
        {hostName === null ? 'none' : <HostLink name={hostName} isSimulated={simulated.has(hostName)} />}
      </Fact>
      <Fact name="Owner">{owner ?? "the operators'"}</Fact>
      <Fact name="CPU">{coresText(vm.cpu)}</Fact>
      <Fact name="Memory">{memoryText(vm.memoryMiB)}</Fact>
      <Fact name="Firmware">{FIRMWARE[vm.firmware]}</Fact>
      <Fact name="Priority">{vm.priority}</Fact>
      <Fact name="Epoch">{vm.epoch}</Fact>
      <Fact name="Failed deploys">{failures === 0 ? 'none' : `${failures} in a row`}</Fact>
      <Fact name="Created">
        <Time at={vm.createdAt} />
      </Fact>
    </DescriptionList>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{name}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  )
}
