/** A preparation as an operator reads it. Pure: texts. */
import { diffOf } from './diff.ts'
import type { ByHand, Command } from './edit.ts'
import type { HostPlan } from './plan.ts'
import type { Ran } from './run-commands.ts'

const LOADERS = { grub: 'GRUB', 'kernel-install': 'kernel-install' } as const

export function planText(plan: HostPlan): string {
  const loaders = plan.bootLoaders.map((loader) => LOADERS[loader]).join(' and ')
  const head = `${plan.system.name}${loaders === '' ? '' : `, kernel parameters through ${loaders}`}\n`
  const edits = plan.edits.map((edit) => `\n${edit.why.map((why) => `# ${why}\n`).join('')}${diffOf(edit)}`)
  return [head, ...edits, byHandText(plan.byHand), notesText(plan.notes)].join('')
}

function byHandText(byHand: readonly ByHand[]): string {
  if (byHand.length === 0) return ''
  const texts = byHand.map(({ what, text }) => `\n${what}:\n\n${indented(text)}`)
  return `\nBerth does not know this system's way well enough. By hand:\n${texts.join('')}`
}

function notesText(notes: readonly string[]): string {
  return notes.length === 0 ? '' : `\n${notes.map((note) => `! ${note}\n`).join('')}`
}

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '\n' : `    ${line}\n`))
    .join('')

/** What a shell takes: for people to copy. */
export const commandLine = ({ argv }: Command): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')

export function commandsText(title: string, commands: readonly Command[]): string {
  if (commands.length === 0) return ''
  return `\n${title}\n${commands.map((command) => `  ${commandLine(command)}   # ${command.why}\n`).join('')}`
}

export function failureText({ command, exitStatus, output }: Ran): string {
  const how = exitStatus === null ? 'could not be started' : `failed with exit status ${exitStatus}`
  return `${commandLine(command)} ${how}:\n${indented(output)}`
}

export function rebootText(check: readonly string[]): string {
  return `\nA reboot is needed; Berth does not reboot. After it, check:\n${check.map((line) => `  ${line}\n`).join('')}`
}

export function checkText(check: readonly string[]): string {
  return `\nNo reboot is needed. Check:\n${check.map((line) => `  ${line}\n`).join('')}`
}

/** Where everything is for the operator. */
export function byHandCheckText(reboot: boolean, check: readonly string[]): string {
  return `\nAfter it${reboot ? ' and a reboot' : ''}, check:\n${check.map((line) => `  ${line}\n`).join('')}`
}
