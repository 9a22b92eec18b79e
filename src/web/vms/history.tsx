/** What happened to a VM, the latest first; it grows while one looks. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { VmView } from '../api/documents.ts'
import { Time } from '../parts/time.tsx'

const SHOWN = 12

export function History({ vm: { history } }: { readonly vm: VmView }) {
  const [isWhole, setWhole] = useState(false)
  const latest = history.map((line, index) => ({ ...line, index })).reverse()
  const shown = isWhole ? latest : latest.slice(0, SHOWN)
  return (
    <>
      <ol className="berth-vm-history" aria-label="History, the latest first" aria-live="polite" reversed>
        {shown.map(({ at, what, index }) => (
          <li key={index}>
            <div>{what}</div>
            <div className="berth-vm-quiet">
              <Time at={at} />
            </div>
          </li>
        ))}
      </ol>
      {latest.length > shown.length && (
        <Button variant="link" isInline onClick={() => setWhole(true)}>
          {latest.length - shown.length} older
        </Button>
      )}
    </>
  )
}
