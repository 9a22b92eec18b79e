/** Why no more VMs of a template fit: by reason, the one that keeps most hosts first. */
import type { TemplateFit } from '../api/documents.ts'
import { groupReasons } from '../parts/reason-groups.ts'
import { HostNames } from './fitting.tsx'

const SHOWN = 6

interface Props {
  readonly reasons: TemplateFit['reasons']
  /** Some fit, and these are of the one after them. */
  readonly isNext: boolean
}

export function FitReasons({ reasons, isNext }: Props) {
  const groups = groupReasons(reasons)
  if (groups.length === 0) return null
  return (
    <div>
      <h3>{isNext ? 'Why no more' : 'Why not'}</h3>
      <ul className="berth-vm-fit-reasons">
        {groups.slice(0, SHOWN).map(({ key, message, hosts }) => (
          <li key={key}>
            <HostNames names={hosts.map(({ name }) => name)} />
            <div className="berth-vm-quiet">{message}</div>
          </li>
        ))}
        {groups.length > SHOWN && <li>and {groups.length - SHOWN} more reasons</li>}
      </ul>
    </div>
  )
}
