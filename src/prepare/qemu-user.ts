/** What a QEMU needs that runs as a user of its own, without libvirt: access to VFIO groups, and memory that it may lock. Pure. */
import { NotFound } from '../model/errors.ts'
import type { Wish } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { withLine, withLineFor } from './lines.ts'

const RULES = '/etc/udev/rules.d/90-berth-vfio.rules'
const LIMITS = '/etc/security/limits.d/90-berth.conf'

/** The user's own group, by name. NotFound `unknown-user` where /etc/passwd or /etc/group has none. */
function groupOf(files: HostFiles, user: string): string {
  const entry = fieldsOf(files.text('/etc/passwd')).find(([name]) => name === user)
  const group = fieldsOf(files.text('/etc/group')).find(([, , id]) => id === entry?.[3])?.[0]
  if (entry === undefined || group === undefined)
    throw new NotFound('unknown-user', `there is no user ${user} in /etc/passwd with a group in /etc/group`, {
      user,
    })
  return group
}

const fieldsOf = (text: string | null): readonly (readonly string[])[] =>
  (text ?? '').split('\n').map((line) => line.split(':'))

/** /dev/vfio/vfio is everybody's already (udev's own rules); the groups beside it are root's. */
export function vfioAccessWishes(files: HostFiles, user: string): readonly Wish[] {
  const group = groupOf(files, user)
  const line = `SUBSYSTEM=="vfio", GROUP="${group}", MODE="0660"`
  const said = files
    .list('/etc/udev/rules.d', '.rules')
    .some((path) => (files.text(path) ?? '').split('\n').some((present) => present.trim() === line))
  if (said) return []
  const isOld = (old: string) => old.startsWith('SUBSYSTEM=="vfio",')
  return [
    {
      path: RULES,
      why: `group ${group} (of user ${user}) may open the devices that are bound to vfio-pci`,
      change: (text) => withLineFor(text, line, isOld),
    },
  ]
}

/** limits.conf(5): all of a guest's memory is locked, as its device may reach any of it. */
export function memlockWishes(files: HostFiles, user: string): readonly Wish[] {
  const paths = ['/etc/security/limits.conf', ...files.list('/etc/security/limits.d', '.conf')]
  const lines = paths
    .flatMap((path) => (files.text(path) ?? '').split('\n'))
    .map((line) => line.trim().split(/\s+/))
  const hasLimit = (kind: string) =>
    lines.some(
      ([domain, type, item, value]) =>
        domain === user &&
        (type === '-' || type === kind) &&
        item === 'memlock' &&
        ['unlimited', '-1'].includes(value ?? ''),
    )
  if (hasLimit('soft') && hasLimit('hard')) return []
  return [
    {
      path: LIMITS,
      why: `user ${user} may lock as much memory as a guest with a device has`,
      change: (text) => withLine(text, `${user} - memlock unlimited`),
    },
  ]
}
