/** Where one goes from a template: VMs of it, what would happen, away with it. */
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core'
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { type ReactNode, useCallback, useState } from 'react'
import { Link } from 'react-router'
import type { TemplateView } from '../api/documents.ts'
import { useMay } from '../app/rights.ts'
import { LinkButton } from '../parts/link-button.tsx'

interface Props {
  readonly template: Pick<TemplateView, 'name'>
  readonly isCompact?: boolean
  /** More items of the menu. */
  readonly children?: ReactNode
  remove(): void
}

export function TemplateActions({ template, isCompact = false, children, remove }: Props) {
  const [open, setOpen] = useState(false)
  const [mayWrite, mayMake] = [useMay('operator'), useMay('user')]
  const name = encodeURIComponent(template.name)
  const Plan = useCallback((props: object) => <Link {...props} to={`/plan?template=${name}`} />, [name])
  return (
    <div className="berth-template-actions">
      {mayMake && (
        <LinkButton to={`/vms/new?template=${name}`} variant="secondary" isCompact={isCompact}>
          Instantiate
        </LinkButton>
      )}
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant="plain"
            {...(isCompact && { size: 'sm' as const })}
            aria-label={`More about ${template.name}`}
            isExpanded={open}
            onClick={() => setOpen(!open)}
            icon={<EllipsisVIcon />}
          />
        )}
      >
        <DropdownList>
          <DropdownItem component={Plan}>How many fit</DropdownItem>
          {children}
          {mayWrite && (
            <DropdownItem isDanger onClick={remove}>
              Delete
            </DropdownItem>
          )}
        </DropdownList>
      </Dropdown>
    </div>
  )
}
