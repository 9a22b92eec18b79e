/** What keeps the next VM from the hosts: by kind, each opened to what exactly it is and on which hosts. */
import { Button, ExpandableSection } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import type { TemplateFit } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import { HostNames } from '../vms/fitting.tsx'
import { type ReasonKind, reasonKinds } from './reason-kinds.ts'

/** Of what is said of hosts one by one. */
const SHOWN = 10

export function NextReasons({ reasons }: { readonly reasons: TemplateFit['reasons'] }) {
  const kinds = useMemo(() => reasonKinds(reasons), [reasons])
  return (
    <ul className="berth-reasons">
      {kinds.map((kind) => (
        <li key={kind.code}>
          <Kind kind={kind} />
        </li>
      ))}
    </ul>
  )
}

function Kind({ kind: { words, hosts, groups } }: { readonly kind: ReasonKind }) {
  const [isOpen, setOpen] = useState(false)
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? groups : groups.slice(0, SHOWN)
  return (
    <ExpandableSection
      isExpanded={isOpen}
      onToggle={(_, open) => setOpen(open)}
      toggleContent={
        <>
          {words} <span className="berth-fit-quiet berth-number">{counted(hosts, 'host')}</span>
        </>
      }
    >
      {isOpen && (
        <ul className="berth-reasons-exactly">
          {shown.map(({ key, message, hosts: those }) => (
            <li key={key}>
              <p>{message}</p>
              <HostNames names={those.map(({ name }) => name)} />
            </li>
          ))}
          {groups.length > shown.length && (
            <li>
              <Button variant="link" isInline onClick={() => setWhole(true)}>
                and {(groups.length - shown.length).toLocaleString('en')} more
              </Button>
            </li>
          )}
        </ul>
      )}
    </ExpandableSection>
  )
}
