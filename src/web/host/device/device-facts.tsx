/** The facts of a device, as `berth device show` has them: its state, what it is, and what stands in a VM's way. */
import {
  Alert,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Title,
} from '@patternfly/react-core'
import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { DeviceView, HostView } from '../../api/documents.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { DeviceLink } from '../pci/device-link.tsx'
import { type Affected, affectedBy } from './affected.ts'
import { VmName } from './dialogs/named.tsx'
import { hardware } from './hardware.tsx'

export type Fact = readonly [name: string, value: ReactNode]

interface Props {
  readonly host: HostView
  readonly device: DeviceView
}

export function DeviceFacts({ host, device }: Props) {
  const affected = affectedBy(host, device)
  return (
    <>
      {device.diagnosis.map(({ code, level, message }) => (
        <Alert
          key={code}
          isInline
          isPlain
          component="p"
          variant={level === 'warning' ? 'warning' : 'info'}
          title={`${message} (${code})`}
        />
      ))}
      <Facts title="State" facts={stateOf(device, affected)} />
      <Facts title="Hardware" facts={hardware(device)} />
    </>
  )
}

/** What is null, or empty, is not told. */
export function Facts({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <section className="berth-facts">
      <Title headingLevel="h3" size="md">
        {title}
      </Title>
      <DescriptionList isHorizontal isCompact termWidth="9rem">
        {facts
          .filter(([, value]) => value !== null && value !== '')
          .map(([name, value]) => (
            <DescriptionListGroup key={name}>
              <DescriptionListTerm>{name}</DescriptionListTerm>
              <DescriptionListDescription>{value}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
      </DescriptionList>
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
