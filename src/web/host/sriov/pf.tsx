/** One physical function: what it is, its numbers, and its virtual functions below. */
import { Alert, Button, ExpandableSection, Title } from '@patternfly/react-core'
import { type ReactNode, useId, useState } from 'react'
import { Link } from 'react-router'
import type { PfView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { counted } from '../../parts/amounts.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { DeviceAt } from '../device-at.tsx'
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
  const { address, name, type, state, why, vm, failure, numVfs, wantedVfs, vfs } = pf
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
      <Figures pf={pf} />
      {why !== null && <p className="berth-subtle">{why}</p>}
      {wantedVfs !== null && wantedVfs !== numVfs && failure === null && (
        <Alert
          isInline
          isPlain
          variant="warning"
          component="p"
          title={`It is to have ${wantedVfs}, and has ${numVfs}: the host has not made it so yet`}
        />
      )}
      {failure !== null && (
        <Alert isInline variant="danger" component="p" title="The last change of their number failed">
          {failure}
        </Alert>
      )}
      {vfs.length > 0 && (
        <ExpandableSection
          toggleText={`${counted(vfs.length, 'virtual function')}: ${statesOf(pf)}`}
          isExpanded={isOpen}
          onToggle={(_, open) => setOpen(open)}
        >
          {isOpen && <Vfs host={host} pf={pf} />}
        </ExpandableSection>
      )}
    </section>
  )
}

const ABLE = { true: 'can make them', false: 'cannot make them', null: 'not known whether it can' } as const

function Figures({ pf }: { readonly pf: PfView }) {
  const { numVfs, totalVfs, wantedVfs, driver, driverAble, networkInterfaces, type } = pf
  return (
    <dl className="berth-pf-figures">
      <Figure name="Virtual functions">
        <span className="berth-number">
          {numVfs} of {totalVfs}
        </span>
      </Figure>
      <Figure name="Wanted">
        <span className="berth-number">{wantedVfs ?? 'none'}</span>
      </Figure>
      <Figure name="Driver">
        {driver === null ? 'none' : <span className="berth-code">{driver}</span>}{' '}
        <span className="berth-subtle">{ABLE[`${driverAble}`]}</span>
      </Figure>
      <Figure name="Network interface">
        {networkInterfaces.length === 0 ? 'none' : networkInterfaces.join(', ')}
      </Figure>
      <Figure name="Type">
        <span className="berth-code">{type}</span>
      </Figure>
    </dl>
  )
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** `6 free, 2 attached` */
function statesOf({ vfs }: PfView): string {
  const counts = new Map<string, number>()
  for (const { state } of vfs) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}
