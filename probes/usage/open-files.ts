/** Which device files the processes of the host have open: reads proc. */
import { readDirUnsorted, readLink, readText, systemErrorCode, type Warn } from '../read.ts'

export interface OpenFile {
  /** `/dev/vfio/26`, `/dev/nvme1n1`. */
  readonly file: string
  /** `process 812 (qemu-system-x86)`. */
  readonly process: () => string
  /** Whether it was opened for writing: udev and multipathd read disks that nobody uses. */
  readonly writes: () => boolean
}

/** All of them; processes are looked through at the first call, and not before. */
export type OpenFiles = () => readonly OpenFile[]

/** `warn` is told of processes that do not let themselves be looked at. CommandFailed `unreadable`. */
export function openFilesOf(proc: string, warn: Warn): OpenFiles {
  let found: readonly OpenFile[] | null = null
  return () => (found ??= readOpenFiles(proc, warn))
}

function readOpenFiles(proc: string, warn: Warn): readonly OpenFile[] {
  const open: OpenFile[] = []
  let hidden = 0
  for (const pid of readDirUnsorted(proc) ?? []) {
    if (!/^\d+$/.test(pid)) continue
    let name: string | null = null
    const named = () => (name ??= `process ${pid} (${readText(`${proc}/${pid}/comm`) ?? 'gone'})`)
    try {
      for (const fd of readDirUnsorted(`${proc}/${pid}/fd`) ?? []) {
        const file = readLink(`${proc}/${pid}/fd/${fd}`)
        if (file?.startsWith('/dev/'))
          open.push({
            file,
            process: named,
            writes: () => opensForWriting(readText(`${proc}/${pid}/fdinfo/${fd}`)),
          })
      }
    } catch (error) {
      if (!isPermission(error)) throw error
      hidden += 1
    }
  }
  if (hidden > 0) warn(unseen(hidden, process.getuid?.() === 0))
  return open
}

/** Inside a container or a guarded guest, root may not look at all processes either. */
export function unseen(processes: number, asRoot: boolean): string {
  const whose = processes === 1 ? '1 process' : `${processes} processes`
  return `open files of ${whose} cannot be read${asRoot ? ', not even by root' : ': run as root to see who has a device open'}`
}

/** `flags:` in octal, the two lowest bits O_WRONLY and O_RDWR (proc_pid_fdinfo(5)). */
function opensForWriting(fdinfo: string | null): boolean {
  const [, flags] = /^flags:\s*([0-7]+)$/m.exec(fdinfo ?? '') ?? []
  return flags !== undefined && (Number.parseInt(flags, 8) & 0b11) !== 0
}

function isPermission(error: unknown): boolean {
  const code = systemErrorCode(error instanceof Error ? error.cause : undefined)
  return code === 'EACCES' || code === 'EPERM'
}
