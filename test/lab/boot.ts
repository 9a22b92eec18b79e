/** Boots the lab host and ends it: one QEMU process, nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DISKS, machineArguments, type Places, SHELL } from './machine.ts'
import type { LabFiles } from './recipe/cache.ts'

export interface RunningLab {
  /** Settles when the host has ended. */
  readonly ended: Promise<void>
  /** Powers the host off; kills it where that takes too long. */
  end(): Promise<void>
}

export interface BootOptions {
  /** A shell on this terminal in place of the commands' channel. */
  readonly shell: boolean
  /** What a boot loader would add to the kernel's command line; `intel_iommu=on` unless given. */
  readonly parameters?: readonly string[]
  /** Where QEMU's own words go. */
  readonly log: 'inherit' | 'ignore'
}

const END_MS = 60_000

/** Empties the run's folders, but for what libvirt found out about QEMU, and starts the host; it is not up yet. */
export function bootLab(files: LabFiles, places: Places, options: BootOptions): RunningLab {
  preparePlaces(places)
  const { shell, parameters = ['intel_iommu=on'] } = options
  const { command, environment } = emulator(files.tree)
  const child = spawn(
    command[0] ?? '',
    [...command.slice(1), ...machineArguments(files, places, shell ? [...parameters, SHELL] : parameters)],
    {
      env: { ...process.env, ...environment },
      stdio: [shell ? 'inherit' : 'ignore', shell ? 'inherit' : 'ignore', options.log],
    },
  )
  // Whatever becomes of us, no emulator is left running.
  process.on('exit', () => child.kill('SIGKILL'))
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve())
    child.once('error', reject)
  })
  return { ended, end: () => end(child, ended, places) }
}

async function end(child: ChildProcess, ended: Promise<void>, places: Places): Promise<void> {
  writeFileSync(join(places.out, 'commands/end'), '')
  await Promise.race([ended, sleep(END_MS, undefined, { ref: false })])
  child.kill('SIGKILL')
  await ended
}

/** Rejects when the host ends, or is not up in time; with what it last said. */
export async function untilUp(lab: RunningLab, places: Places, timeoutMs: number): Promise<void> {
  const console = () => {
    const path = join(places.run, 'console.log')
    return existsSync(path) ? readFileSync(path, 'latin1') : ''
  }
  let gone = false
  void lab.ended.then(() => {
    gone = true
  })
  for (const end = Date.now() + timeoutMs; ; await sleep(200)) {
    if (console().includes('LAB-READY') && !console().includes('LAB-FAILED')) return
    if (gone || console().includes('LAB-FAILED') || Date.now() > end)
      throw new Error(`the lab host did not come up:\n${console().slice(-3000)}`)
  }
}

function preparePlaces(places: Places): void {
  for (const folder of [join(places.out, 'commands'), join(places.out, 'qemu-logs'), places.run])
    rmSync(folder, { recursive: true, force: true })
  for (const folder of [places.run, join(places.out, 'commands')]) mkdirSync(folder, { recursive: true })
  for (const file of ['libvirtd.log', 'serve.log']) rmSync(join(places.out, file), { force: true })
  for (const [name, size] of Object.entries(DISKS)) {
    const path = join(places.run, `${name}.img`)
    writeFileSync(path, '')
    truncateSync(path, Number.parseInt(size, 10) * (1 << 20))
  }
}

/** The root tree's QEMU on this machine: its loader with its libraries, without a chroot and without installing anything. */
function emulator(tree: string): {
  command: readonly string[]
  environment: Readonly<Record<string, string>>
} {
  const libraries = join(tree, 'usr/lib/x86_64-linux-gnu')
  const firmware = ['usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu'].flatMap((path) => [
    '-L',
    join(tree, path),
  ])
  return {
    command: [
      join(tree, 'lib64/ld-linux-x86-64.so.2'),
      ...['--library-path', libraries, join(tree, 'usr/bin/qemu-system-x86_64')],
      ...firmware,
    ],
    environment: { QEMU_MODULE_DIR: join(libraries, 'qemu') },
  }
}
