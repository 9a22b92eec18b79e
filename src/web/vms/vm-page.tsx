/** A VM: where it is in its life, why it waits, what it has, what happened to it, and what can be asked of it. */
import { Alert, Button, CodeBlock, CodeBlockAction, CodeBlockCode, PageSection } from '@patternfly/react-core'
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-icon'
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import type { VmView } from '../api/documents.ts'
import { vmOf } from '../api/queries.ts'
import { Heading } from '../parts/heading.tsx'
import { Shown } from '../parts/shown.tsx'
import { Devices } from './devices.tsx'
import { Facts } from './facts.tsx'
import { History } from './history.tsx'
import { isWaiting } from './life.ts'
import { Life } from './life.tsx'
import { Section } from './section.tsx'
import { UsbDevices } from './usb-devices.tsx'
import { VmActions } from './vm-actions.tsx'
import { VmStateLabel } from './vm-state.tsx'
import { Waiting } from './waiting.tsx'
import './vms.css'

const ABOVE = [{ to: '/vms', name: 'VMs' }]

export function VmPage() {
  const { vm = '' } = useParams()
  const query = useQuery(vmOf(vm))
  const { data } = query
  return (
    <>
      <Heading
        title={data?.name ?? `VM ${vm}`}
        above={ABOVE}
        beside={data !== undefined && <VmStateLabel state={data.state} isCompact={false} />}
        actions={data !== undefined && <VmActions vm={data} />}
      />
      <PageSection>
        <Shown query={query} what={`VM ${vm}`}>
          {(found) => <Vm vm={found} />}
        </Shown>
      </PageSection>
    </>
  )
}

function Vm({ vm }: { readonly vm: VmView }) {
  return (
    <div className="berth-vm-page">
      <p className="pf-v6-screen-reader" role="status">
        {vm.name} is {vm.state}
      </p>
      <Life vm={vm} />
      <Message vm={vm} />
      <div className="berth-vm-columns">
        <div className="berth-vm-column">
          {isWaiting(vm.state) && <Waiting vm={vm} />}
          <Devices vm={vm} />
          <UsbDevices vm={vm} />
          <Template text={vm.template} />
        </div>
        <div className="berth-vm-column">
          <Section title="Facts">
            <Facts vm={vm} />
          </Section>
          <Section title="History">
            <History vm={vm} />
          </Section>
        </div>
      </div>
    </div>
  )
}

const MOVING = {
  attach: 'A device is being attached. It is claimed, plugged in and verified.',
  detach: 'A device is being detached: the guest must let go of it, and is asked again until it does.',
} as const

/** Why it waits is told at length below. */
function Message({ vm: { state, message, moving } }: { readonly vm: VmView }) {
  const isTold = message === null || isWaiting(state)
  const isBad = state === 'BOOT_FAILURE' || state === 'UNKNOWN'
  return (
    <>
      {moving !== null && <Alert isInline variant="info" title={MOVING[moving]} component="p" />}
      {!isTold && <Alert isInline variant={isBad ? 'danger' : 'warning'} title={message} component="p" />}
    </>
  )
}

function Template({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true))
  return (
    <Section title="Template">
      <CodeBlock
        actions={
          <CodeBlockAction>
            <Button
              variant="plain"
              icon={isCopied ? <CheckIcon /> : <CopyIcon />}
              aria-label={isCopied ? 'The template is copied' : 'Copy the template'}
              onClick={copy}
            />
          </CodeBlockAction>
        }
      >
        <CodeBlockCode>{text}</CodeBlockCode>
      </CodeBlock>
    </Section>
  )
}
