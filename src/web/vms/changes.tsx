/** Changes that would let a VM go to a host, in the order to make them; what the API can do is a button. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { Link } from 'react-router'
import type { NeededChange, VmView } from '../api/documents.ts'
import { useMay } from '../app/rights.ts'
import { type ChangeHost, doorOf } from './change-doors.ts'
import { MakeChange } from './make-change.tsx'
import { Words } from './words.tsx'

interface Props {
  readonly changes: readonly NeededChange[]
  /** Null = several hosts: they are to be made on each. */
  readonly host: ChangeHost | null
  readonly vm: VmView
}

export function Changes({ changes, host, vm }: Props) {
  return (
    <ol className={changes.length === 1 ? 'berth-vm-changes berth-vm-only' : 'berth-vm-changes'}>
      {changes.map((change) => (
        <li key={`${change.code} ${change.message}`}>
          <Words text={change.message} /> {host !== null && <Door change={change} host={host} vm={vm} />}
        </li>
      ))}
    </ol>
  )
}

interface DoorProps {
  readonly change: NeededChange
  readonly host: ChangeHost
  readonly vm: VmView
}

function Door({ change, host, vm }: DoorProps) {
  const [isOpen, setOpen] = useState(false)
  const isOperator = useMay('operator')
  const isUser = useMay('user')
  const door = doorOf(change, host)
  if (door === null) return null
  if (door.kind === 'page')
    return (
      <Link to={door.to} className="berth-vm-door">
        {door.name}
      </Link>
    )
  if (!(door.right === 'user' ? isUser : isOperator)) return null
  return (
    <>
      <Button variant="secondary" size="sm" isDanger={door.isDanger} onClick={() => setOpen(true)}>
        {door.verb}
      </Button>
      {isOpen && <MakeChange door={door} change={change} host={host} vm={vm} close={() => setOpen(false)} />}
    </>
  )
}
