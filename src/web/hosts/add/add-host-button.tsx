/** The way to a new host, for those who may add one. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { useMay } from '../../app/rights.ts'
import { AddHost } from './add-host.tsx'

export function AddHostButton() {
  const may = useMay('operator')
  const [isOpen, setOpen] = useState(false)
  if (!may) return null
  return (
    <>
      <Button onClick={() => setOpen(true)}>Add a host</Button>
      {isOpen && <AddHost close={() => setOpen(false)} />}
    </>
  )
}
