/** The systemd unit that binds chosen devices to vfio-pci, by address, before udev loads their drivers. Pure: texts. */
import type { Address } from '../model/address.ts'
import type { HexId } from '../model/ids.ts'
import type { Wish } from './edit.ts'
import { HEADER, withLineFor } from './lines.ts'

export const DEVICE_LIST = '/etc/berth/vfio-devices'
export const BIND_SCRIPT = '/etc/berth/vfio-bind'
export const UNIT = '/etc/systemd/system/berth-vfio.service'
export const UNIT_LINK = '/etc/systemd/system/sysinit.target.wants/berth-vfio.service'
export const UNIT_LINK_TARGET = '../berth-vfio.service'

export interface BootDevice {
  readonly address: Address
  readonly vendorId: HexId
  readonly deviceId: HexId
}

export function bootUnitWishes(devices: readonly BootDevice[]): readonly Wish[] {
  if (devices.length === 0) return []
  return [
    ...devices.map(({ address, vendorId, deviceId }) => ({
      path: DEVICE_LIST,
      why: `${address} is bound to vfio-pci at every boot, as long as it is a ${vendorId}:${deviceId}`,
      change: (text: string | null) =>
        withLineFor(text, `${address} ${vendorId}:${deviceId}`, (line) => line.startsWith(`${address} `)),
    })),
    { path: BIND_SCRIPT, mode: 0o755, why: 'binds the devices of that list', change: () => SCRIPT },
    { path: UNIT, why: 'runs it before udev loads drivers', change: () => SERVICE },
  ]
}

/**
 * driver_override first, so that from then on no other driver can take the device (Documentation/ABI/testing/sysfs-bus-pci).
 * Addresses move when cards are added: a device with other ids is left alone. A disk that a driver has already is left
 * alone too: the host may have booted from it. systemd starts what an active target wants whenever another unit starts, so
 * after daemon-reload the unit would run on the running host: it does nothing there. A kernel without vfio-pci (an update may
 * bring one) must not leave them without any driver: the host keeps them as before.
 */
const SCRIPT = `#!/bin/sh
${HEADER}
# Binds the devices of ${DEVICE_LIST} to vfio-pci: "ADDRESS VENDOR:DEVICE" a line.
sys=/sys/bus/pci
status=0

# Only while the host boots: later, a device may be in use.
if systemctl --quiet is-active sysinit.target 2>/dev/null; then
	echo "berth-vfio: the host is up already; the devices are bound at the next boot"
	exit 0
fi

complain() {
	echo "berth-vfio: $*" >&2
	status=1
}

# Sets "driver" to the driver of $1, empty where there is none.
driver_of() {
	driver=""
	if [ -e "$sys/devices/$1/driver" ]; then
		driver=$(readlink "$sys/devices/$1/driver")
		driver=\${driver##*/}
	fi
}

chosen=""
while read -r address ids rest; do
	case "$address" in "" | "#"*) continue ;; esac
	if [ ! -e "$sys/devices/$address" ]; then
		complain "$address: there is no such device"
		continue
	fi
	read -r vendor < "$sys/devices/$address/vendor"
	read -r device < "$sys/devices/$address/device"
	if [ "\${vendor#0x}:\${device#0x}" != "$ids" ]; then
		complain "$address is a \${vendor#0x}:\${device#0x} now and not a $ids; left alone"
		continue
	fi
	driver_of "$address"
	read -r class < "$sys/devices/$address/class"
	case "$class$driver" in
	0x01????vfio-pci | 0x01????) ;;
	0x01*)
		complain "$address: $driver has this disk controller already; left alone"
		continue
		;;
	esac
	echo vfio-pci > "$sys/devices/$address/driver_override" || status=1
	chosen="$chosen $address"
done < ${DEVICE_LIST}

if [ -n "$chosen" ] && ! modprobe vfio-pci && [ ! -e "$sys/drivers/vfio-pci" ]; then
	complain "this kernel has no vfio-pci; left to the drivers of the host:$chosen"
	for address in $chosen; do
		echo > "$sys/devices/$address/driver_override"
	done
	exit $status
fi

for address in $chosen; do
	driver_of "$address"
	[ "$driver" = vfio-pci ] && continue
	if [ -n "$driver" ]; then
		echo "$address" > "$sys/devices/$address/driver/unbind"
	fi
	echo "$address" > "$sys/drivers_probe"
	driver_of "$address"
	[ "$driver" = vfio-pci ] || complain "$address is on \${driver:-no driver} and not on vfio-pci"
done
exit $status
`

/** /sys is mounted before the first unit runs; sysinit.target is reached on every boot. */
const SERVICE = `${HEADER}
[Unit]
Description=Bind PCI devices for virtual machines to vfio-pci
DefaultDependencies=no
ConditionPathExists=${DEVICE_LIST}
Before=systemd-udev-trigger.service systemd-modules-load.service sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${BIND_SCRIPT}

[Install]
WantedBy=sysinit.target
`
