/** /etc/libvirt/qemu.conf (libvirt's virConf syntax): entries for a cgroup_device_acl that an operator has set. Pure. */
import { lineAt, notUnderstood } from './syntax.ts'

export const QEMU_CONF = '/etc/libvirt/qemu.conf'
const SETTING = 'cgroup_device_acl'

interface List {
  readonly values: readonly string[]
  /** Behind the last value; behind the opening bracket where there is none. */
  readonly lastEnd: number
  /** Behind the comment that follows that on its line; `lastEnd` where there is none. */
  readonly tail: number
  readonly comma: boolean
  /** What stands between two entries: `, ` or a line break with its indent. */
  readonly between: string
}

/**
 * The text with the entries at the end of the list. Without an active list nothing changes: libvirt then lets each VM open
 * what its devices need by itself. InvalidInput `config-file-syntax` with the
 * line for a list or string that does not end, and for a setting that is given twice.
 */
export function withDeviceAcl(text: string, entries: readonly string[]): string {
  const list = findList(text)
  if (list === null) return text
  const missing = entries.filter((entry) => !list.values.includes(entry))
  if (missing.length === 0) return text
  const { lastEnd, tail } = list
  const between = tail > lastEnd && !list.between.includes('\n') ? '\n    ' : list.between
  const added = missing.map((entry) => `"${entry}"`).join(`,${between}`)
  const comma = list.values.length === 0 || list.comma ? '' : ','
  const lead = list.values.length === 0 && tail === lastEnd ? '' : between
  return `${text.slice(0, lastEnd)}${comma}${text.slice(lastEnd, tail)}${lead}${added}${text.slice(tail)}`
}

/** The whole file is read, so that a broken one is refused wherever it is broken. */
function findList(text: string): List | null {
  let found: List | null = null
  let at = 0
  while (at < text.length) {
    const [skipped = ''] = /^(?:\s+|#[^\n]*)*/.exec(text.slice(at)) ?? []
    at += skipped.length
    if (at >= text.length) break
    const [head, name] = /^([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/.exec(text.slice(at)) ?? []
    if (head === undefined)
      throw notUnderstood(QEMU_CONF, lineAt(text, at), 'neither a setting nor a comment')
    const start = at + head.length
    const isList = text[start] === '['
    const list = isList ? readList(text, start) : null
    if (name === SETTING) {
      if (found !== null || list === null)
        throw notUnderstood(
          QEMU_CONF,
          lineAt(text, at),
          `${SETTING} is set twice, or to something that is no list`,
        )
      found = list
    }
    at = list === null ? scalarEnd(text, start) : list.end
  }
  return found
}

function scalarEnd(text: string, at: number): number {
  const quote = text[at]
  if (quote === '"' || quote === "'") return stringEnd(text, at)
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function stringEnd(text: string, at: number): number {
  const quote = text.startsWith('"""', at) ? '"""' : (text[at] ?? '"')
  const end = text.indexOf(quote, at + quote.length)
  const line = text.slice(at, end < 0 ? undefined : end)
  if (end < 0 || (quote.length === 1 && line.includes('\n')))
    throw notUnderstood(QEMU_CONF, lineAt(text, at), `a string that begins with ${quote} and does not end`)
  return end + quote.length
}

function readList(text: string, start: number): List & { readonly end: number } {
  const values: string[] = []
  let lastEnd = start + 1
  let tail = lastEnd
  let comma = false
  let between: string | null = null
  let at = start + 1
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === ']') return { values, lastEnd, tail, comma, between: between ?? ' ', end: at + 1 }
    if (char === '"' || char === "'") {
      const gap = text.slice(lastEnd, at).replace(/^,/, '')
      if (values.length > 0 || gap.includes('\n'))
        between = gap.includes('#') ? gap.slice(gap.lastIndexOf('\n')) : gap
      const end = stringEnd(text, at)
      values.push(text.slice(at + 1, end - 1))
      at = end
      lastEnd = end
      tail = end
      comma = false
    } else if (char === '#') {
      const end = scalarEnd(text, at)
      if (!text.slice(lastEnd, at).includes('\n')) tail = end
      at = end
    } else if (/[\s,\d]/.test(char)) {
      if (char === ',') {
        comma = true
        lastEnd = at + 1
        tail = lastEnd
      }
      at += 1
    } else throw notUnderstood(QEMU_CONF, lineAt(text, at), `"${char}" in a list`)
  }
  throw notUnderstood(QEMU_CONF, lineAt(text, start), 'a list that begins with [ and does not end')
}
