/** Looks at one host for `berth doctor`: its readiness, and its devices with what the host itself uses of them. */
import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { createVirsh, type Virsh } from '../../src/libvirt/virsh.ts'
import type { Device } from '../../src/model/device.ts'
import { BerthError, NotFound } from '../../src/model/errors.ts'
import type { Readiness } from '../../src/model/readiness.ts'
import type { RunningDomain, Usage } from '../../src/model/usage.ts'
import { readHostName } from '../host-identity.ts'
import { findPciIds, PCI_IDS_FILES, pciNames } from '../pci/names.ts'
import { named, probePci } from '../pci/probe.ts'
import type { Warn } from '../read.ts'
import { askDomains } from '../usage/domains.ts'
import { gpuUsage } from '../usage/gpus.ts'
import { openFilesOf } from '../usage/open-files.ts'
import { hostEvidence, hostUsage } from '../usage/usage.ts'
import { vfioUsage } from '../usage/vfio.ts'
import { type ReadinessFacts, readReadinessFacts } from './facts.ts'
import { bootLogBelow, bootLogOfFile, bootLogOfThisHost } from './log-source.ts'
import { judgeReadiness } from './readiness.ts'
import { NOT_ASKED, qemuBinary, type SoftwareAnswers } from './software.ts'

const SYSTEM = 'qemu:///system'

export interface Examination {
  readonly host: string
  readonly readiness: Readiness
  /** Null = the tree has no PCI bus. */
  readonly devices: readonly Device[] | null
  readonly usage: readonly Usage[]
  /** Null = libvirt was not asked, or does not answer. */
  readonly domains: readonly RunningDomain[] | null
}

export interface ExamineOptions {
  /** `/` = this host: its programs are asked too. Else a tree, of which only files are read. */
  readonly root: string
  /** The boot log; null = this host's, or the tree's /var/log/dmesg. */
  readonly bootLog: string | null
  /** What could not be read and does not stop the rest. */
  readonly warn: Warn
}

interface Look {
  readonly facts: ReadinessFacts
  readonly answers: SoftwareAnswers
  readonly all: ReturnType<typeof pciBelow>
}

/** NotFound `no-boot-log`; CommandFailed `unreadable`. */
async function look({ root, bootLog, warn }: ExamineOptions): Promise<Look> {
  const here = root === '/'
  const given = bootLog === null ? null : bootLogOfFile(bootLog)
  const all = pciBelow(here ? '/sys' : `${root}/sys`, warn)
  const facts = readReadinessFacts({
    root,
    readLog: () => given ?? (here ? bootLogOfThisHost() : bootLogBelow(root)),
    warn,
    ...(all !== null && { devices: all }),
  })
  const virsh = here ? createVirsh({ uri: SYSTEM, queryTimeout: 10_000 }) : null
  return { facts, all, answers: virsh === null ? NOT_ASKED : await ask(facts, virsh) }
}

/** The readiness alone. NotFound `no-boot-log`; CommandFailed `unreadable`. */
export async function examineReadiness(options: ExamineOptions): Promise<Readiness> {
  const { facts, answers } = await look(options)
  return judgeReadiness(facts, answers)
}

/** NotFound `no-boot-log`; CommandFailed `unreadable`. */
export async function examineHost(options: ExamineOptions): Promise<Examination> {
  const { root, warn } = options
  const { facts, answers, all } = await look(options)
  const domains = isAnswer(answers) ? await askDomains(SYSTEM, warn) : null
  const at = (mount: string) => (root === '/' ? `/${mount}` : `${root}/${mount}`)
  const name = pciNames(findPciIds(PCI_IDS_FILES))
  return {
    host: root === '/' ? readHostName('/proc') : nameOfTree(facts, root),
    readiness: judgeReadiness(facts, answers),
    devices: all?.map((device) => named(device, name)) ?? null,
    usage: all === null ? [] : usageOf(at('sys'), at('proc'), all, domains, warn),
    domains,
  }
}

/** Of a tree that does not tell its host's name: the folder's. */
function nameOfTree(facts: ReadinessFacts, root: string): string {
  return facts.text('proc/sys/kernel/hostname') ?? facts.text('etc/hostname') ?? basename(root)
}

const isAnswer = ({ libvirt }: SoftwareAnswers) => libvirt !== null && 'version' in libvirt

function usageOf(
  sysfs: string,
  proc: string,
  devices: NonNullable<Look['all']>,
  domains: readonly RunningDomain[] | null,
  warn: Warn,
): readonly Usage[] {
  const openFiles = openFilesOf(proc, warn)
  return [
    ...hostUsage(sysfs, devices, hostEvidence(sysfs, proc, openFiles)),
    ...gpuUsage(sysfs, proc, devices, openFiles),
    ...(domains === null ? [] : vfioUsage(sysfs, devices, domains, openFiles)),
  ]
}

function pciBelow(sysfs: string, warn: Warn) {
  try {
    return probePci(sysfs, warn)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

const run = promisify(execFile)

async function ask(facts: ReadinessFacts, virsh: Virsh): Promise<SoftwareAnswers> {
  const binary = qemuBinary(facts)
  return {
    qemuVersion: binary === null ? null : await qemuVersion(binary),
    libvirt: await libvirtAnswer(virsh),
  }
}

/** A QEMU that cannot even tell its version is there all the same. */
async function qemuVersion(binary: string): Promise<string | null> {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 10_000 })
    return stdout.split('\n')[0] ?? null
  } catch {
    return null
  }
}

async function libvirtAnswer(virsh: Virsh): Promise<SoftwareAnswers['libvirt']> {
  try {
    const text = await virsh.version()
    const library = /Using library: (.*)/.exec(text)?.[1] ?? 'libvirt'
    const hypervisor = /Running hypervisor: (.*)/.exec(text)?.[1]
    return { version: `${library} answers${hypervisor === undefined ? '' : `, and runs ${hypervisor}`}` }
  } catch (error) {
    if (error instanceof BerthError) return { failure: error.message }
    throw error
  }
}
