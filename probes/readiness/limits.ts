/** `limits.memlock` and `libvirt.device-acl`: what QEMU is let do. Pure. */
import type { Check } from '../../src/model/readiness.ts'
import { check, PREPARE, withRemedy } from './check.ts'
import type { ReadinessFacts } from './facts.ts'

/**
 * A passed device pins all of its guest's memory. libvirt's system daemon raises the limit of each QEMU that has one
 * (qemuDomainAdjustMaxMemLock); a QEMU that somebody starts by hand keeps that of its user.
 */
export function memlockCheck(facts: ReadinessFacts): Check {
  const id = 'limits.memlock'
  const line = /^Max locked memory\s+(\S+)\s+(\S+)/m.exec(facts.text('proc/self/limits') ?? '')
  const daemon = ['usr/sbin/libvirtd', 'usr/sbin/virtqemud'].some((path) => facts.has(path))
  const [, , hard] = line ?? []
  if (hard === 'unlimited') return check(id, false, 'ok', 'no limit on locked memory (/proc/self/limits)')
  if (daemon) return check(id, false, 'ok', "libvirt's system daemon raises it for each VM with a device")
  if (hard === undefined)
    return check(id, false, 'unknown', 'neither /proc/self/limits nor libvirt is here to tell')
  return withRemedy(
    check(
      id,
      false,
      'warning',
      `locked memory is limited to ${Math.round(Number(hard) / 1024)} KiB (/proc/self/limits)`,
    ),
    "libvirt's system daemon raises it for each VM with a device; a QEMU started by hand needs a limit as large as its guest's memory (`berth prepare --qemu-user USER`)",
  )
}

const QEMU_CONF = 'etc/libvirt/qemu.conf'

/**
 * qemu.conf's cgroup_device_acl takes the place of libvirt's own list, which has /dev/vfio/vfio; the group's file
 * libvirt adds by itself (src/qemu/qemu_cgroup.c, since 1.0.5).
 */
export function deviceAclCheck(facts: ReadinessFacts): Check | null {
  const id = 'libvirt.device-acl'
  const text = facts.text(QEMU_CONF)
  if (text === null)
    return facts.unreadable(QEMU_CONF)
      ? check(id, false, 'unknown', `/${QEMU_CONF} cannot be read by this user: run it as root`)
      : null
  const said = text.replace(/^((?:[^"#\n]|"[^"\n]*")*)#.*$/gm, '$1')
  const own = /^\s*cgroup_device_acl\s*=\s*\[([^\]]*)\]/m.exec(said)?.[1]
  if (own === undefined)
    return check(id, false, 'ok', "libvirt's own list of devices that QEMU may open is in force")
  if (own.includes('/dev/vfio/vfio'))
    return check(id, false, 'ok', 'cgroup_device_acl in /etc/libvirt/qemu.conf names /dev/vfio/vfio')
  return withRemedy(
    check(id, false, 'warning', 'cgroup_device_acl in /etc/libvirt/qemu.conf leaves /dev/vfio/vfio out'),
    `QEMU may not be able to open VFIO: add it, and start libvirt anew (${PREPARE})`,
    [{ kind: 'device-acl', entries: ['/dev/vfio/vfio'] }],
  )
}
