/** Claims of USB devices against the devices, their controllers and VMs (pure). */
import type { Rows, Violation } from './check.ts'
import type { UsbClaim } from './usb-claims.ts'
import type { StoredUsbDevice } from './usb-devices.ts'

export function checkUsb(rows: Rows): Violation[] {
  const devices = new Map(rows.usbDevices.map((device) => [`${device.host} ${device.key}`, device]))
  const claimed = new Map(rows.claims.map((claim) => [`${claim.host} ${claim.address}`, claim.vm]))
  return rows.usbClaims.flatMap((claim) => {
    const device = devices.get(`${claim.host} ${claim.key}`)
    if (device === undefined)
      return [violation('claim-of-missing-device', claim, `is claimed by VM ${claim.vm} and unknown`)]
    return [...checkHolder(rows, claim), ...checkDevice(claim, device, claimed)]
  })
}

function violation(code: string, { host, key }: UsbClaim, what: string): Violation {
  return { code, message: `USB device ${key} of host ${host} ${what}` }
}

function checkHolder({ vms }: Rows, claim: UsbClaim): Violation[] {
  const vm = vms.get(claim.vm)
  if (vm === undefined)
    return [violation('claim-of-missing-vm', claim, `is claimed by VM ${claim.vm}, which does not exist`)]
  if (vm.host === null)
    return [violation('claim-of-idle-vm', claim, `is claimed by VM ${vm.id}, which is ${vm.state}`)]
  if (vm.host === claim.host) return []
  return [violation('claim-on-other-host', claim, `is claimed by VM ${vm.id}, which is on host ${vm.host}`)]
}

function checkDevice(
  claim: UsbClaim,
  { hub, controller }: StoredUsbDevice,
  claimed: ReadonlyMap<string, number>,
): Violation[] {
  if (hub) return [violation('claim-of-hub', claim, `is claimed by VM ${claim.vm}, but is a hub`)]
  const holder = controller === null ? undefined : claimed.get(`${claim.host} ${controller}`)
  if (holder === undefined) return []
  return [
    violation(
      'usb-and-controller-claimed',
      claim,
      `(VM ${claim.vm}) and its controller ${controller} (VM ${holder}) are both claimed`,
    ),
  ]
}
