/** What operators do with a host: it takes VMs or none, what it offers, given up, forgotten. */
import { Button, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core'
import { type ReactNode, useState } from 'react'
import type { HostView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { LetJoin } from '../../hosts/add/let-join.tsx'
import { ChangeDialog } from './change-dialog.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { EnableDialog } from './enable-dialog.tsx'
import { FenceDialog } from './fence-dialog.tsx'

export interface HostDialogProps {
  readonly host: HostView
  close(): void
}

type Dialog = (props: HostDialogProps) => ReactNode

export function HostActions({ host }: { readonly host: HostView }) {
  const may = useMay('operator')
  // The component itself, not what a function of it gives.
  const [asking, ask] = useState<{ readonly Shown: Dialog } | null>(null)
  if (!may) return null
  return (
    <>
      <Button variant="secondary" onClick={() => ask({ Shown: EnableDialog })}>
        {host.state === 'disabled' ? 'Enable' : 'Disable'}
      </Button>
      <More host={host} ask={(Shown) => ask({ Shown })} />
      {asking !== null && <asking.Shown host={host} close={() => ask(null)} />}
    </>
  )
}

/** Its last probe failed, or its agent is not heard: only then it can be given up. */
const isSilent = ({ state, failure, agent }: HostView): boolean =>
  state === 'unknown' || failure !== null || (agent !== null && agent.silentSeconds !== null)

const Join: Dialog = ({ host, close }) => (
  <LetJoin host={host.name} hasAgent={host.agent?.joinedAt !== null} close={close} />
)

interface MoreProps {
  readonly host: HostView
  ask(dialog: Dialog): void
}

function More({ host, ask }: MoreProps) {
  const [open, setOpen] = useState(false)
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}>
          More
        </MenuToggle>
      )}
    >
      <DropdownList>
        <DropdownItem onClick={() => ask(ChangeDialog)}>Change filter and attributes</DropdownItem>
        {host.agent !== null && <DropdownItem onClick={() => ask(Join)}>Let an agent join</DropdownItem>}
        {isSilent(host) && <DropdownItem onClick={() => ask(FenceDialog)}>Fence</DropdownItem>}
        <DropdownItem isDanger onClick={() => ask(DeleteDialog)}>
          Delete
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  )
}
