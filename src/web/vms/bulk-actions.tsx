/** What can be asked of the chosen VMs together; those in whose state it cannot be are left as they are, and named. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { possibleActions } from '../../model/vm-action.ts'
import type { VmSummary } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import type { Asked } from './ask.ts'
import { BulkConfirm } from './bulk-confirm.tsx'
import type { Selection } from './selection.tsx'

const ACTIONS: readonly (readonly [Asked, string])[] = [
  ['start', 'Start'],
  ['stop', 'Stop'],
  ['hold', 'Hold'],
  ['release', 'Release'],
  ['terminate', 'Terminate'],
]

interface Props {
  readonly selection: Selection<VmSummary>
  readonly total: number
}

export function BulkActions({ selection, total }: Props) {
  const { chosen, clear, all } = selection
  const [asked, setAsked] = useState<{ readonly action: Asked; readonly ids: ReadonlySet<number> } | null>(
    null,
  )
  if (chosen.length === 0 && asked === null) return null
  const able = (action: Asked) => chosen.filter(({ state }) => possibleActions(state).includes(action))
  // None comes to those that somebody has read in the window.
  const still = asked === null ? [] : able(asked.action).filter(({ id }) => asked.ids.has(id))
  return (
    <>
      <strong>{chosen.length.toLocaleString('en')} chosen</strong>
      {ACTIONS.map(([action, name]) => (
        <Button
          key={action}
          variant="secondary"
          size="sm"
          isDanger={action === 'terminate'}
          isDisabled={able(action).length === 0}
          onClick={() => setAsked({ action, ids: new Set(able(action).map(({ id }) => id)) })}
        >
          {name}
        </Button>
      ))}
      <Button variant="link" size="sm" onClick={clear}>
        Choose none
      </Button>
      {chosen.length < total && (
        <Button variant="link" size="sm" onClick={all}>
          Choose all {counted(total, 'VM')}
        </Button>
      )}
      {asked !== null && (
        <BulkConfirm
          action={asked.action}
          vms={still}
          others={chosen.length - still.length}
          close={() => setAsked(null)}
        />
      )}
    </>
  )
}
