/** What an operator can do with a host from the list. */
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core'
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { useState } from 'react'
import type { HostSummary } from '../../api/documents.ts'
import { EnableDialog } from '../../host/head/enable-dialog.tsx'
import { LetJoin } from '../add/let-join.tsx'

export function HostActions({ host }: { readonly host: HostSummary }) {
  const [isOpen, setOpen] = useState(false)
  const [asked, ask] = useState<'switch' | 'join' | null>(null)
  const close = () => ask(null)
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant="plain"
            aria-label={`Actions for ${host.name}`}
            isExpanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            icon={<EllipsisVIcon />}
          />
        )}
      >
        <DropdownList>
          <DropdownItem onClick={() => ask('switch')}>
            {host.state === 'disabled' ? 'Enable' : 'Disable'}
          </DropdownItem>
          {host.agent !== null && <DropdownItem onClick={() => ask('join')}>Let an agent join</DropdownItem>}
        </DropdownList>
      </Dropdown>
      {asked === 'switch' && <EnableDialog host={host} close={close} />}
      {asked === 'join' && (
        <LetJoin host={host.name} hasAgent={host.agent?.joinedAt !== null} close={close} />
      )}
    </>
  )
}
