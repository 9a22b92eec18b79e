/** Writes the archive that a kernel takes as initramfs: cpio "newc" (kernel: Documentation/driver-api/early-userspace/buffer-format.rst). */

export type Entry =
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  | { readonly path: string; readonly kind: 'file'; readonly mode: number; readonly content: Uint8Array }

const TYPE = { folder: 0o040755, link: 0o120777, file: 0o100000 } as const

/** Entries in the order given: a folder before what is in it. Paths without a slash before them. */
export function cpioArchive(entries: readonly Entry[]): Buffer {
  const parts = entries.map((entry, index) => record(index + 1, entry.path, modeOf(entry), contentOf(entry)))
  return Buffer.concat([...parts, record(0, 'TRAILER!!!', 0, Buffer.alloc(0))])
}

function modeOf(entry: Entry): number {
  return TYPE[entry.kind] | (entry.kind === 'file' ? entry.mode : 0)
}

function contentOf(entry: Entry): Uint8Array {
  if (entry.kind === 'folder') return Buffer.alloc(0)
  return entry.kind === 'link' ? Buffer.from(entry.target) : entry.content
}

function record(inode: number, path: string, mode: number, content: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`)
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)])
}

/** Name and content each end on a multiple of four bytes. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
