/** A host's SR-IOV devices: how many virtual functions each has, is to have and can have, and who has them. */
import './sriov.css'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sriovOf } from '../../api/queries.ts'
import { Nothing } from '../../parts/nothing.tsx'
import { Shown } from '../../parts/shown.tsx'
import { Pf } from './pf.tsx'
import { SetVfs } from './set-vfs.tsx'

export function SriovTab({ host }: { readonly host: string }) {
  const query = useQuery(sriovOf(host))
  const [asked, ask] = useState<string | null>(null)
  return (
    <Shown query={query} what="its SR-IOV devices">
      {({ pfs, hostName }) => {
        const pf = pfs.find(({ address }) => address === asked)
        if (pfs.length === 0) return <None />
        return (
          <div className="berth-pfs">
            {pfs.map((one) => (
              <Pf key={one.address} host={host} pf={one} set={() => ask(one.address)} />
            ))}
            {pf !== undefined && <SetVfs host={host} hostName={hostName} pf={pf} close={() => ask(null)} />}
          </div>
        )
      }}
    </Shown>
  )
}

function None() {
  return (
    <Nothing title="No device with SR-IOV is known">
      None of its devices can have virtual functions, or its filter leaves them out.
    </Nothing>
  )
}
