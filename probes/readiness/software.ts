/** `qemu` and `libvirt`: what runs guests, and what Berth drives. Pure; versions and answers come from the caller. */
import type { Check } from '../../src/model/readiness.ts'
import { check, withRemedy } from './check.ts'
import type { ReadinessFacts } from './facts.ts'

/** What running programs say; null = not asked. */
export interface SoftwareAnswers {
  /** The first line of `qemu-system-... --version`. */
  readonly qemuVersion: string | null
  /** What libvirt answers, or why it does not. */
  readonly libvirt: { readonly version: string } | { readonly failure: string } | null
}

export const NOT_ASKED: SoftwareAnswers = { qemuVersion: null, libvirt: null }

/** Where Debian, Red Hat and source builds put programs; below the root. */
const PROGRAM_DIRS = ['usr/bin', 'usr/libexec', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin']
const QEMU_NAMES: Readonly<Record<string, readonly string[]>> = {
  x86: ['qemu-system-x86_64', 'qemu-kvm'],
  arm64: ['qemu-system-aarch64', 'qemu-kvm'],
  power: ['qemu-system-ppc64', 'qemu-kvm'],
}

/** With its leading slash; null = there is none. */
export function qemuBinary(facts: ReadinessFacts): string | null {
  return program(
    facts,
    QEMU_NAMES[facts.cpu?.arch ?? 'other'] ?? ['qemu-system-x86_64', 'qemu-system-aarch64', 'qemu-kvm'],
  )
}

function program(facts: ReadinessFacts, names: readonly string[]): string | null {
  for (const dir of PROGRAM_DIRS) {
    const found = names.find((name) => facts.has(`${dir}/${name}`))
    if (found !== undefined) return `/${dir}/${found}`
  }
  return null
}

const nowhere = (facts: ReadinessFacts) => PROGRAM_DIRS.every((dir) => facts.list(dir) === null)

export function qemuCheck(facts: ReadinessFacts, { qemuVersion, libvirt }: SoftwareAnswers): Check {
  const binary = qemuBinary(facts)
  if (binary === null) return noBinary(facts, libvirt)
  const version = /version (\d+)\.(\d+)\S*/.exec(qemuVersion ?? '')
  if (version === null) return check('qemu', true, 'ok', binary)
  const words = `${binary}, ${version[0]}`
  return Number(version[1]) * 100 + Number(version[2]) < 204
    ? withRemedy(
        check('qemu', true, 'warning', words),
        'QEMU before 2.4 has no q35 machine fit for passing devices; install a newer one',
      )
    : check('qemu', true, 'ok', words)
}

/** Where libvirt runs QEMU, it knows better than a look into the usual folders. */
function noBinary(facts: ReadinessFacts, libvirt: SoftwareAnswers['libvirt']): Check {
  const searched = `/${PROGRAM_DIRS[0]} or /${PROGRAM_DIRS[1]}`
  if (libvirt !== null && 'version' in libvirt)
    return libvirt.version.includes('QEMU')
      ? check('qemu', true, 'ok', `not in ${searched}; ${libvirt.version}`)
      : check('qemu', true, 'unknown', `not in ${searched}; libvirt, which answers, may have one elsewhere`)
  if (nowhere(facts)) return check('qemu', true, 'unknown', 'there are no programs to look for it among')
  return withRemedy(
    check('qemu', true, 'missing', `no QEMU for this processor in ${searched}`),
    facts.cpu?.arch === 'arm64'
      ? 'install it: `apt install qemu-system-arm` (Debian, Ubuntu), `dnf install qemu-kvm` (Red Hat family)'
      : 'install it: `apt install qemu-system-x86` (Debian, Ubuntu), `dnf install qemu-kvm` (Red Hat family)',
  )
}

/** libvirt's own daemons; one for all, or one for QEMU (libvirt.org/daemons.html). */
const DAEMONS = ['libvirtd', 'virtqemud']
const SOCKETS = ['run/libvirt/libvirt-sock', 'run/libvirt/virtqemud-sock', 'var/run/libvirt/libvirt-sock']
const START =
  '`systemctl enable --now libvirtd` (Debian, Ubuntu) or `systemctl enable --now virtqemud.socket` (Red Hat family)'
const INSTALL =
  '`apt install libvirt-daemon-system libvirt-clients` (Debian, Ubuntu), `dnf install libvirt` (Red Hat family)'

export function libvirtCheck(facts: ReadinessFacts, { libvirt }: SoftwareAnswers): Check {
  const id = 'libvirt'
  const daemon = program(facts, DAEMONS)
  if (libvirt !== null && 'version' in libvirt) return check(id, true, 'ok', libvirt.version)
  if (daemon === null)
    return nowhere(facts)
      ? check(id, true, 'unknown', 'there are no programs to look for it among')
      : withRemedy(
          check(id, true, 'missing', 'neither libvirtd nor virtqemud is installed'),
          `install it: ${INSTALL}`,
        )
  if (program(facts, ['virsh']) === null)
    return withRemedy(
      check(id, true, 'missing', `${daemon} is installed, and virsh, through which Berth asks it, is not`),
      `install it: ${INSTALL}`,
    )
  if (libvirt !== null)
    return withRemedy(
      check(id, true, 'missing', `${daemon} is installed and does not answer: ${libvirt.failure}`),
      `start it: ${START}; where it runs, this user may not use it: run Berth as root, or in the group libvirt`,
    )
  const socket = SOCKETS.find((path) => facts.has(path))
  if (socket !== undefined)
    return check(id, true, 'ok', `${daemon} is installed, and its socket is /${socket}`)
  return facts.list('run') === null
    ? check(id, true, 'ok', `${daemon} is installed`)
    : withRemedy(
        check(id, true, 'missing', `${daemon} is installed, and no socket of it is in /run/libvirt`),
        `start it: ${START}`,
      )
}
