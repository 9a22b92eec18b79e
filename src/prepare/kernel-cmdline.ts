/** /etc/kernel/cmdline, from which kernel-install(8) takes the command line of every kernel that it adds: old text and wish to new text. Pure. */
import { changedWord, inEffect, type ParameterWish, wordsOf } from './command-line.ts'
import type { HostFiles } from './host-files.ts'
import { refuseFalseBlank } from './syntax.ts'

export const KERNEL_CMDLINE = '/etc/kernel/cmdline'

/**
 * Comment lines, order and blanks stay. `text` may have several lines: kernel-install joins them. InvalidInput
 * `config-file-syntax` for a character that only looks like a blank.
 */
export function changedCommandLine(text: string, wish: ParameterWish): string {
  const lines = text.split('\n').map((line, index) => {
    if (isComment(line)) return line
    refuseFalseBlank(KERNEL_CMDLINE, index + 1, line)
    return changedLine(line, wish)
  })
  const words = wordsOf(lines.filter((line) => !isComment(line)).join(' '))
  const missing = wish.add.filter((parameter) => !inEffect(words, parameter))
  if (missing.length === 0) return lines.join('\n')
  const last = lines.findLastIndex((line) => line.trim() !== '' && !isComment(line))
  const line = lines[last]
  if (line === undefined) return `${lines.join('\n')}${missing.join(' ')}\n`
  lines[last] = withWords(line, missing)
  return lines.join('\n')
}

/**
 * What kernel-install takes where the file is missing, as far as it belongs to this system and not to this boot: a new file
 * must begin with it. Null = nothing that names a root: kernels that are started without would not find theirs.
 */
export function inheritedCommandLine(files: HostFiles): string | null {
  const text = files.text('/usr/lib/kernel/cmdline') ?? ofThisBoot(files.text('/proc/cmdline') ?? '')
  const said = text.split('\n').filter((line) => !isComment(line))
  return wordsOf(said.join(' ')).some((word) => word.startsWith('root=')) ? text : null
}

function ofThisBoot(procCmdline: string): string {
  const words = wordsOf(procCmdline).filter((word) => !/^(BOOT_IMAGE|initrd)=/.test(word))
  return `${words.join(' ')}\n`
}

const isComment = (line: string): boolean => /^[ \t]*#/.test(line)

function changedLine(line: string, wish: ParameterWish): string {
  return line.replace(/([ \t\r]*)((?:"[^"]*"?|[^ \t\r"])+)/g, (_, blank: string, word: string) => {
    const changed = changedWord(word, wish)
    return changed === null ? '' : `${blank}${changed}`
  })
}

function withWords(line: string, words: readonly string[]): string {
  const end = /[ \t]--([ \t\r]|$)/.exec(line)?.index ?? line.trimEnd().length
  return `${line.slice(0, end)} ${words.join(' ')}${line.slice(end)}`
}
