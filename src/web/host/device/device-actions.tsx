/** What can be done to a device as it is now, for who may do it. */
import { Button } from '@patternfly/react-core'
import { type ReactNode, useState } from 'react'
import { VFIO_PCI } from '../../../model/device.ts'
import type { DeviceView, HostView } from '../../api/documents.ts'
import { useMay } from '../../app/rights.ts'
import { SetVfs } from '../sriov/set-vfs.tsx'
import { affectedBy } from './affected.ts'
import { AllowDialog } from './dialogs/allow-dialog.tsx'
import type { DialogProps } from './dialogs/dialog.ts'
import { DriverDialog } from './dialogs/driver-dialog.tsx'
import { HealthDialog } from './dialogs/health-dialog.tsx'

interface Action {
  readonly name: string
  readonly isDanger?: true
  dialog(props: DialogProps): ReactNode
}

interface Props {
  readonly host: HostView
  readonly device: DeviceView
}

export function DeviceActions({ host, device }: Props) {
  const may = useMay('operator')
  const [asking, ask] = useState<Action | null>(null)
  if (!may || device.bridge) return null
  const props = { host, device, affected: affectedBy(host, device), close: () => ask(null) }
  return (
    <div className="berth-panel-actions">
      {actionsOn(device).map((action) => (
        <Button
          key={action.name}
          variant="secondary"
          size="sm"
          isDanger={action.isDanger ?? false}
          onClick={() => ask(action)}
        >
          {action.name}
        </Button>
      ))}
      {asking?.dialog(props)}
    </div>
  )
}

/** Only what would change something; what is refused all the same says so in its window. */
function actionsOn({ health, driver, reserved, allowed, inUse, kind }: DeviceView): readonly Action[] {
  return [
    ...(health === 'ok' ? [DRAIN, QUARANTINE] : []),
    ...(health === 'drained' ? [UNDRAIN, QUARANTINE] : []),
    ...(health === 'quarantined' ? [CLEAR] : []),
    driver === VFIO_PCI ? UNBIND : BIND,
    reserved ? UNRESERVE : RESERVE,
    ...(allowed ? [DISALLOW] : []),
    ...(!allowed && inUse.length > 0 ? [ALLOW] : []),
    ...(kind === 'pf' ? [SET_VFS] : []),
  ]
}

const DRAIN: Action = { name: 'Drain', dialog: (props) => <HealthDialog {...props} action="drain" /> }
const UNDRAIN: Action = { name: 'Undrain', dialog: (props) => <HealthDialog {...props} action="undrain" /> }
const QUARANTINE: Action = {
  name: 'Quarantine',
  isDanger: true,
  dialog: (props) => <HealthDialog {...props} action="quarantine" />,
}
const CLEAR: Action = {
  name: 'Clear the quarantine',
  dialog: (props) => <HealthDialog {...props} action="clear" />,
}
const BIND: Action = {
  name: `Bind to ${VFIO_PCI}`,
  dialog: (props) => <DriverDialog {...props} action="bind" />,
}
const UNBIND: Action = { name: 'Unbind', dialog: (props) => <DriverDialog {...props} action="unbind" /> }
const RESERVE: Action = { name: 'Reserve', dialog: (props) => <DriverDialog {...props} action="reserve" /> }
const UNRESERVE: Action = {
  name: 'Take back the reservation',
  dialog: (props) => <DriverDialog {...props} action="unreserve" />,
}
const ALLOW: Action = {
  name: 'Allow although the host uses it',
  isDanger: true,
  dialog: (props) => <AllowDialog {...props} />,
}
const DISALLOW: Action = { name: 'Do not allow', dialog: (props) => <AllowDialog {...props} /> }
const SET_VFS: Action = {
  name: 'Set virtual functions',
  dialog: ({ host, device, affected, close }) => (
    <SetVfs host={String(host.id)} hostName={host.name} pf={{ ...device, vfs: affected.vfs }} close={close} />
  ),
}
