/** One physical function: what it is, its numbers, and its virtual functions below. */
import { Alert, Button, ExpandableSection, Title } from '@patternfly/react-core'
import { useId, useState } from 'react'
import { Link } from 'react-router'
import type { PfView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { counted } from '../../parts/amounts.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { DeviceAt } from '../device-at.tsx'
import { PfFigures } from './pf-figures.tsx'
import { Vfs } from './vfs.tsx'

interface Props {
  /** As the page's address has it. */
  readonly host: string
  readonly pf: PfView
  /** Asks how many virtual functions it is to have. */
  set(): void
}

/** More are shown when asked for. */
const SHOWN = 8

export function Pf({ host, pf, set }: Props) {
  const { address, name, type, state, why, vm, vfs } = pf
  const title = useId()
  const maySet = useMay('operator')
  const [isOpen, setOpen] = useState(vfs.length <= SHOWN)
  return (
    <section className="berth-pf" aria-labelledby={title}>
      <header className="berth-pf-head">
        <Title headingLevel="h2" size="md" id={title}>
          <DeviceAt host={host} address={address} />
        </Title>
        <span>{name ?? `Device ${type.split(':')[1]}`}</span>
        <DeviceStateLabel state={state} />
        {vm !== null && <Link to={`/vms/${vm}`}>VM {vm}</Link>}
        {maySet && (
          <Button
            variant="secondary"
            size="sm"
            onClick={set}
            aria-label={`Set virtual functions of ${address}`}
          >
            Set virtual functions
          </Button>
        )}
      </header>
      <PfFigures pf={pf} />
      {why !== null && <p className="berth-subtle">{why}</p>}
      <LastChange pf={pf} />
      {vfs.length > 0 && (
        <ExpandableSection
          toggleContent={
            <>
              <span className="pf-v6-screen-reader">{pf.address}: </span>
              {counted(vfs.length, 'virtual function')}: {statesOf(pf)}
            </>
          }
          isExpanded={isOpen}
          onToggle={(_, open) => setOpen(open)}
        >
          {isOpen && <Vfs host={host} pf={pf} />}
        </ExpandableSection>
      )}
    </section>
  )
}

/** What became of what an operator asked for, where it is not so yet. */
function LastChange({ pf: { failure, numVfs, wantedVfs } }: { readonly pf: PfView }) {
  if (failure !== null)
    return (
      <Alert isInline variant="danger" component="p" title="The last change of their number failed">
        {failure}
      </Alert>
    )
  if (wantedVfs === null || wantedVfs === numVfs) return null
  const title = `It is to have ${wantedVfs}, and has ${numVfs}: the host has not made it so yet`
  return <Alert isInline isPlain variant="warning" component="p" title={title} />
}

/** `6 free, 2 attached` */
function statesOf({ vfs }: PfView): string {
  const counts = new Map<string, number>()
  for (const { state } of vfs) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}
