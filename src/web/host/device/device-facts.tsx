/** The facts of a device, as `berth device show` has them: its state, what it is, and what stands in a VM's way. */
import { Label, List, ListItem, Title } from '@patternfly/react-core'
import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { DeviceView, HostView } from '../../api/documents.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { type Fact, FactList } from '../../parts/facts.tsx'
import { DeviceLink } from '../pci/device-link.tsx'
import { type Affected, affectedBy } from './affected.ts'
import { VmName } from './dialogs/named.tsx'
import { hardware } from './hardware.tsx'

interface Props {
  readonly host: HostView
  readonly device: DeviceView
}

export function DeviceFacts({ host, device }: Props) {
  const affected = affectedBy(host, device)
  return (
    <>
      <Facts title="State" facts={stateOf(device, affected)} />
      <Diagnosis findings={device.diagnosis} />
      <Facts title="Hardware" facts={hardware(device)} />
    </>
  )
}

/** What could keep a VM from starting with it, and what is good to know. */
function Diagnosis({ findings }: { readonly findings: DeviceView['diagnosis'] }) {
  if (findings.length === 0) return null
  return (
    <section className="berth-facts">
      <Title headingLevel="h3" size="md">
        Diagnosis
      </Title>
      <List isPlain>
        {findings.map(({ code, level, message }) => (
          <ListItem key={`${code} ${message}`}>
            <Label isCompact variant="outline" color={level === 'warning' ? 'orange' : 'grey'}>
              {level}
            </Label>{' '}
            {message} <span className="berth-subtle berth-code">{code}</span>
          </ListItem>
        ))}
      </List>
    </section>
  )
}

function Facts({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <section className="berth-facts">
      <Title headingLevel="h3" size="md">
        {title}
      </Title>
      <FactList facts={facts} />
    </section>
  )
}

function stateOf(device: DeviceView, { mates, vfs, usb }: Affected): readonly Fact[] {
  const { state, why, vm, host, offered, health, healthReason, inUse, allowed, reserved } = device
  const uses = inUse.map(({ reason, detail }) => (
    <div key={`${reason} ${detail}`}>{detail === '' ? reason : `${reason}: ${detail}`}</div>
  ))
  return [
    ['State', <DeviceStateLabel key="state" state={state} />],
    ['Why', why],
    ['VM', vm === null ? null : vmLink(host, vm)],
    ['Offered', offered ? 'yes' : "no, the host's filter leaves it out"],
    ['Health', healthReason === null ? health : `${health}: ${healthReason}`],
    ['Reserved', reserved ? 'yes, kept on vfio-pci' : 'no'],
    ['In use by', uses.length === 0 ? 'nothing of the host' : uses],
    ['Allowed', allowed ? 'yes, an operator lets it be given all the same' : null],
    ['Group mates', mates.length === 0 ? null : links(mates)],
    ['Virtual functions', virtualFunctions(device)],
    ['Its VFs', vfs.length === 0 ? null : links(vfs)],
    [
      'USB below it',
      usb.map(({ port, productName, product }) => `${port} ${productName ?? product}`).join(', '),
    ],
  ]
}

const vmLink = (host: number, vm: number) => (
  <Link to={`/vms/${vm}`}>
    <VmName host={host} vm={vm} />
  </Link>
)

function virtualFunctions({ kind, numVfs, totalVfs, wantedVfs }: DeviceView): string | null {
  if (kind !== 'pf') return null
  return `${numVfs} of ${totalVfs}${wantedVfs === null ? '' : `, ${wantedVfs} wanted`}`
}

const TOLD = 12

function links(devices: readonly DeviceView[]): ReactNode {
  return (
    <>
      {devices.slice(0, TOLD).map(({ address }) => (
        <Fragment key={address}>
          <DeviceLink address={address} />{' '}
        </Fragment>
      ))}
      {devices.length > TOLD && `and ${devices.length - TOLD} more`}
    </>
  )
}
