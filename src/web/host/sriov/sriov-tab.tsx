/** A host's SR-IOV devices: how many virtual functions each has, is to have and can have, and who has them. */
import './sriov.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PfView } from '../../api/documents.ts'
import { sriovOf } from '../../api/queries.ts'
import { Nothing } from '../../parts/nothing.tsx'
import { Shown } from '../../parts/shown.tsx'
import { Pf } from './pf.tsx'
import { SetVfs } from './set-vfs.tsx'

export function SriovTab({ host }: { readonly host: string }) {
  const query = useQuery(sriovOf(host))
  const [asked, ask] = useState<PfView | null>(null)
  return (
    <Shown query={query} what="its SR-IOV devices">
      {({ pfs, hostName }) =>
        pfs.length === 0 ? (
          <Nothing title="No device with SR-IOV is known">
            None of its devices can have virtual functions, or its filter leaves them out.
          </Nothing>
        ) : (
          <div className="berth-pfs">
            {pfs.map((pf) => (
              <Pf key={pf.address} host={host} pf={pf} set={() => ask(pf)} />
            ))}
            {asked !== null && <SetVfs host={host} hostName={hostName} pf={asked} close={() => ask(null)} />}
          </div>
        )
      }
    </Shown>
  )
}
