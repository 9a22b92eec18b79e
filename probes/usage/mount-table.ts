/** /proc/self/mountinfo and /proc/swaps as values: pure (proc(5)). */

export interface Mount {
  /** `major:minor`; major 0 = no block device of its own (btrfs, ZFS, tmpfs, ...). */
  readonly device: string
  readonly target: string
  readonly type: string
  readonly source: string
}

/** Lines that are none are left out. */
export function parseMountInfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , device, , target] = before.split(' ')
    const [type, source] = after.split(' ')
    if (device === undefined || target === undefined || type === undefined || source === undefined) return []
    return [{ device, target: unescaped(target), type, source: unescaped(source) }]
  })
}

/** Device files of active swap; a swap file lies on a mount, which tells of it already. */
export function parseSwaps(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [file = '', type] = line.split(/\s+/)
      return type === 'partition' ? [unescaped(file)] : []
    })
}

/** Blank, tab, newline and backslash stand as octal escapes. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}
