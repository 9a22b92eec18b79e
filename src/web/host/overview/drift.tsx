/** Where the host is otherwise than the database says: what to do, and mending what takes nothing from anybody. */
import { Button, Content, Label, List, ListItem } from '@patternfly/react-core'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, documentOf } from '../../api/client.ts'
import type { HostView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { devicePath } from '../../parts/paths.ts'
import { Part } from './part.tsx'

export function Drift({ host }: { readonly host: HostView }) {
  const may = useMay('operator')
  const [isMending, setMending] = useState(false)
  const { drift } = host
  if (drift.length === 0) return null
  const mendable = drift.filter(({ repair }) => repair === 'possible')
  return (
    <Part
      title="Drift"
      isWide
      beside={
        may && (
          <Button variant="secondary" size="sm" onClick={() => setMending(true)}>
            {mendable.length > 0 ? 'Mend what can be' : 'Compare now'}
          </Button>
        )
      }
    >
      <List isPlain isBordered>
        {drift.map((one) => (
          <ListItem key={one.message}>
            <Difference host={host} drift={one} />
          </ListItem>
        ))}
      </List>
      {isMending && <Mend host={host} mendable={mendable} close={() => setMending(false)} />}
    </Part>
  )
}

type DriftLine = HostView['drift'][number]

function Difference({ host, drift }: { readonly host: HostView; readonly drift: DriftLine }) {
  const { code, message, vm, address, repair } = drift
  return (
    <>
      <Label isCompact variant="outline" color="orange">
        {code}
      </Label>{' '}
      {repair !== null && (
        <Label isCompact variant="outline">
          repair {repair}
        </Label>
      )}{' '}
      {message} {address !== null && <Link to={devicePath(host.id, address)}>Show the device</Link>}{' '}
      {vm !== null && <Link to={`/vms/${vm}`}>Show VM {vm}</Link>}
    </>
  )
}

interface MendProps {
  readonly host: HostView
  readonly mendable: readonly DriftLine[]
  close(): void
}

function Mend({ host, mendable, close }: MendProps) {
  const repair = mendable.length > 0
  return (
    <Confirm
      title={repair ? `Mend the drift of ${host.name}` : `Compare ${host.name} now`}
      action={repair ? 'Mend' : 'Compare'}
      run={() => documentOf(api.POST('/v1/drift', { body: { host: host.id, repair } }))}
      done={([after]) => outcome(host.name, after)}
      close={close}
    >
      <Content>
        <p>The host is probed, and compared with the database anew.</p>
        {repair && (
          <>
            <p>Drivers are moved back where that takes nothing from anybody:</p>
            <List>
              {mendable.map(({ message }) => (
                <ListItem key={message}>{message}</ListItem>
              ))}
            </List>
          </>
        )}
      </Content>
    </Confirm>
  )
}

interface After {
  readonly failure: string | null
  readonly drift: readonly DriftLine[]
}

function outcome(name: string, after: After | undefined): string {
  if (after === undefined) return `${name} was compared`
  if (after.failure !== null) return `${name} could not be compared: ${after.failure}`
  if (after.drift.length === 0) return `${name} is as the database says`
  const mended = after.drift.filter(({ repair }) => repair === 'repaired').length
  return `${name}: ${counted(after.drift.length, 'difference')}, ${mended} mended`
}
