/** The numbers of a physical function, and what can make more of them. */
import type { ReactNode } from 'react'
import type { PfView } from '../../api/documents.ts'

const ABLE = { true: 'can make them', false: 'cannot make them', null: 'not known whether it can' } as const

export function PfFigures({ pf }: { readonly pf: PfView }) {
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
