/** What the outlines in the tree say, and how many groups there are of each kind. */
import type { GroupView } from '../../api/documents.ts'
import { GROUP_STATES, type GroupState } from './group-state.tsx'

const STATES: readonly GroupState[] = ['free', 'held', 'unassignable', 'never']

export function Legend({ groups }: { readonly groups: readonly GroupView[] }) {
  const numbered = groups.filter(({ group }) => group !== null)
  return (
    <ul className="berth-group-legend" aria-label="Groups by state">
      {STATES.map((state) => (
        <li key={state} title={GROUP_STATES[state].means}>
          <span className="berth-band-sample" data-state={state} aria-hidden="true" />
          <span>
            <strong>{numbered.filter((group) => group.state === state).length}</strong> {state}
            <span className="pf-v6-screen-reader">: {GROUP_STATES[state].means}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}
