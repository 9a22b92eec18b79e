/** Hosts that could take a waiting VM now. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { Explanation, VmView } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import { HostLink, useSimulated } from './host-link.tsx'

const SHOWN = 8

export function Fitting({ why: { fitting } }: { readonly vm: VmView; readonly why: Explanation }) {
  return (
    <div className="berth-vm-fitting">
      <strong>{counted(fitting.length, 'host')} could take it now:</strong>
      <HostNames names={fitting.map(({ hostName }) => hostName)} />
    </div>
  )
}

/** Links to the first of them, and to the others on demand. */
export function HostNames({ names }: { readonly names: readonly string[] }) {
  const [isWhole, setWhole] = useState(false)
  const simulated = useSimulated()
  const shown = isWhole ? names : names.slice(0, SHOWN)
  return (
    <span className="berth-vm-chips">
      {shown.map((name) => (
        <HostLink key={name} name={name} isSimulated={simulated.has(name)} />
      ))}
      {names.length > shown.length && (
        <Button variant="link" isInline onClick={() => setWhole(true)}>
          and {(names.length - shown.length).toLocaleString('en')} more
        </Button>
      )}
    </span>
  )
}
