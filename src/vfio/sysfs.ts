/** The door to sysfs for everything that reads links or writes to the kernel: root injected, absence told apart from failure. */
import { spawn } from 'node:child_process'
import { access, open, readdir, readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandFailed } from '../model/errors.ts'

export interface WriteOptions {
  /** How long the kernel may take, in milliseconds. */
  readonly timeoutMs?: number
}

/** Paths are relative to `root` (`bus/pci/drivers_probe`). A missing file is null, false or []; any other failure is an error. */
export interface Sysfs {
  readonly root: string
  /** The file's text, trimmed; null where there is no such file. `CommandFailed` `sysfs-unreadable` otherwise. */
  read(path: string): Promise<string | null>
  /** The file's first `length` bytes, fewer where it is shorter; null where there is no such file. */
  bytes(path: string, length: number): Promise<Uint8Array | null>
  /** The last part of the link's target (`vfio-pci`, `26`); null where there is no such link. */
  link(path: string): Promise<string | null>
  exists(path: string): Promise<boolean>
  /** The folder's entries, sorted; [] where there is no such folder. */
  list(path: string): Promise<readonly string[]>
  /**
   * One write(2) of `text`. Refused by the kernel: `CommandFailed` `sysfs-write-failed` with facts `path`, `text`, `errno`
   * (`EBUSY`, null if unknown) and `reason` (the kernel's words). Not answered in time: `CommandFailed` `sysfs-write-timeout`;
   * the kernel may still carry it out later.
   */
  write(path: string, text: string, options?: WriteOptions): Promise<void>
}

export const WRITE_TIMEOUT_MS = 60_000

/** The kernel's files below `root`. */
export function realSysfs(root = '/sys'): Sysfs {
  return {
    root,
    read: (path) => tolerant(path, null, async () => (await readFile(join(root, path), 'utf8')).trim()),
    bytes: (path, length) => tolerant(path, null, () => firstBytes(join(root, path), length)),
    link: (path) => tolerant(path, null, async () => basename(await readlink(join(root, path)))),
    exists: (path) => tolerant(path, false, () => access(join(root, path)).then(() => true)),
    list: (path) => tolerant(path, [], async () => (await readdir(join(root, path))).sort()),
    write: (path, text, options) => writeInChild(root, path, text, options?.timeoutMs ?? WRITE_TIMEOUT_MS),
  }
}

async function firstBytes(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Runs `io`; where the file is missing, `absent`. A device that is going away answers ENODEV: that too is absence. */
async function tolerant<T>(path: string, absent: T, io: () => Promise<T>): Promise<T> {
  try {
    return await io()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENODEV') return absent
    throw new CommandFailed(
      'sysfs-unreadable',
      `Cannot read ${path} in sysfs: ${code ?? error}. Run as root, and look into the kernel log.`,
      { path, errno: code },
      error,
    )
  }
}

/**
 * A write to `unbind` blocks in the kernel, beyond any signal, until the driver lets go. In this process it would hold a thread
 * of the pool for good and keep even exit() from ending it, so a child writes, which can be left behind. `dd`: one write(2),
 * never creates a file, and says the kernel's reason.
 */
function writeInChild(root: string, path: string, text: string, timeoutMs: number): Promise<void> {
  const child = spawn('dd', [`of=${join(root, path)}`, 'conv=nocreat,notrunc', 'status=none'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
    detached: true,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  // A child that could not open the file ends without reading; its exit tells why.
  child.stdin.on('error', () => {}).end(text)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      child.unref()
      child.stdin.destroy()
      child.stderr.destroy()
      reject(writeTimeout(path, text, timeoutMs))
    }, timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(writeFailure(path, text, error.message, error))
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      if (status === 0) resolve()
      else reject(writeFailure(path, text, said.trim().split(': ').at(-1) ?? ''))
    })
  })
}

/** The error for a write that the kernel refused; `reason` is what strerror says. */
export function writeFailure(path: string, text: string, reason: string, cause?: unknown): CommandFailed {
  return new CommandFailed(
    'sysfs-write-failed',
    `The kernel refused '${text.trim()}' for ${path}: ${reason || 'no reason given'}. See the kernel log (dmesg) for the driver's reason.`,
    { path, text: text.trim(), reason, errno: errnoOf(reason) },
    cause,
  )
}

export function writeTimeout(path: string, text: string, timeoutMs: number): CommandFailed {
  return new CommandFailed(
    'sysfs-write-timeout',
    `The kernel did not answer within ${timeoutMs} ms when '${text.trim()}' was written to ${path}: a driver hangs. See the kernel log (dmesg); it may still finish later.`,
    { path, text: text.trim(), timeoutMs },
  )
}

/** What the C library says (strerror, C locale) for what the PCI core and its drivers answer. */
export const ERRNO_WORDS = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ERANGE: 'Numerical result out of range',
  ENOSYS: 'Function not implemented',
  EOPNOTSUPP: 'Operation not supported',
  ETIMEDOUT: 'Connection timed out',
} as const

export type Errno = keyof typeof ERRNO_WORDS

function errnoOf(reason: string): string | null {
  return Object.entries(ERRNO_WORDS).find(([, words]) => words === reason)?.[0] ?? null
}
