/** The one place that runs `virsh`: argument arrays, no shell, a time-out on each call, the local libvirt only. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { InvalidInput } from '../model/errors.ts'
import { virshFailure } from './virsh-failure.ts'

export interface VirshOptions {
  /** `qemu:///system`, `qemu:///session` or `test:///...`. */
  readonly uri: string
  /** The executable; `virsh` of the PATH by default. */
  readonly binary?: string
  /** Milliseconds that a question may take; 30 s by default. */
  readonly queryTimeout?: number
  /** Milliseconds that create and destroy may take: pinning a guest's memory takes long; 10 minutes by default. */
  readonly changeTimeout?: number
}

/** Each method is one call of virsh; all of them reject with CommandFailed (see virsh-failure.ts) when it fails. */
export interface Virsh {
  readonly uri: string
  /** What `virsh version` prints, trimmed; asks the hypervisor too. */
  version(): Promise<string>
  /** Of active domains, in libvirt's order. */
  listRunning(): Promise<readonly string[]>
  listRunningNames(): Promise<readonly string[]>
  /** `domain` is a uuid or a name, here and below. */
  dumpxml(domain: string): Promise<string>
  /** `running`, `paused`, `in shutdown`, `shut off`, `crashed`, ... */
  domstate(domain: string): Promise<string>
  /** Names of the PCI devices that libvirt knows on this machine: `pci_0000_3b_00_0`. */
  listPciNodeDevices(): Promise<readonly string[]>
  /**
   * Their XML documents, one behind the other.
   * Names must be such: they stand in a line of commands. virsh prints none for a device that is gone, and fails where
   * that was the last.
   */
  dumpNodeDevices(names: readonly string[]): Promise<string>
  create(xml: string): Promise<void>
  /** Of the running domain only; `xml` is one device element. */
  attachDevice(domain: string, xml: string): Promise<void>
  detachDevice(domain: string, xml: string): Promise<void>
  shutdown(domain: string): Promise<void>
  destroy(domain: string): Promise<void>
}

const LOCAL_URI = /^(?:qemu(?:\+unix)?|test(?:\+unix)?):\/\/\/[\w./-]*$/

/** InvalidInput `remote-uri` for a URI of another machine: Berth must read the host's own sysfs beside it. */
export function createVirsh(options: VirshOptions): Virsh {
  const { uri, binary = 'virsh', queryTimeout = 30_000, changeTimeout = 600_000 } = options
  if (!LOCAL_URI.test(uri))
    throw new InvalidInput(
      'remote-uri',
      `${uri} is not a libvirt of this machine; use qemu:///system and run Berth on the host itself`,
      { uri },
    )
  const run = (args: readonly string[], timeout: number) => runVirsh(binary, uri, args, timeout)
  const lines = async (args: readonly string[]) =>
    (await run(args, queryTimeout)).split('\n').filter((line) => line !== '')
  const plug = (command: string, domain: string, xml: string) =>
    withFile(xml, (file) => run([command, '--live', '--domain', domain, '--file', file], changeTimeout))
  return {
    uri,
    version: async () => (await run(['version'], queryTimeout)).trim(),
    listRunning: () => lines(['list', '--uuid']),
    listRunningNames: () => lines(['list', '--name']),
    dumpxml: (domain) => run(['dumpxml', '--domain', domain], queryTimeout),
    domstate: async (domain) => (await run(['domstate', '--domain', domain], queryTimeout)).trim(),
    listPciNodeDevices: () => lines(['nodedev-list', '--cap', 'pci']),
    // A single argument is a line of commands to virsh (virsh(1), "virsh [OPTION]... [COMMAND_STRING]").
    dumpNodeDevices: (names) =>
      run([names.map((name) => `nodedev-dumpxml --device ${name}`).join('; ')], queryTimeout),
    create: (xml) => withFile(xml, (file) => run(['create', '--file', file], changeTimeout)),
    attachDevice: (domain, xml) => plug('attach-device', domain, xml),
    detachDevice: (domain, xml) => plug('detach-device', domain, xml),
    shutdown: async (domain) => {
      await run(['shutdown', '--mode', 'acpi', '--domain', domain], queryTimeout)
    },
    destroy: async (domain) => {
      await run(['destroy', '--domain', domain], changeTimeout)
    },
  }
}

/** A line of commands can be long; its beginning tells enough. */
const COMMAND_TOLD = 300

async function runVirsh(
  binary: string,
  uri: string,
  args: readonly string[],
  timeout: number,
): Promise<string> {
  const command = ['--connect', uri, ...args]
  const result = await execa(binary, command, {
    timeout,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: 2_000,
    // Messages are told apart by their text, which must not depend on the operator's language.
    env: { LC_ALL: 'C', LANGUAGE: 'C' },
  })
  if (!result.failed) return result.stdout
  throw virshFailure({
    command: [binary, ...command].join(' ').slice(0, COMMAND_TOLD),
    exitCode: result.exitCode ?? null,
    stderr: result.stderr ?? '',
    timedOut: result.timedOut,
    timeout,
    missing: result.code === 'ENOENT',
    cause: result,
  })
}

/** A file and not a pipe: libvirt's client opens the path by itself, and Node's pipes are sockets, which cannot be opened. */
async function withFile(xml: string, work: (file: string) => Promise<string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-'))
  try {
    const file = join(folder, 'domain.xml')
    // A graphics password stands in it.
    await writeFile(file, xml, { mode: 0o600 })
    await work(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
