/** An edit as people read it: a unified diff. Pure. */
import { createTwoFilesPatch } from 'diff'
import type { Edit } from './edit.ts'

const NONE = '/dev/null'

export function diffOf(edit: Edit): string {
  if (edit.kind === 'link')
    return `${edit.before === null ? '' : `-${edit.path} -> ${edit.before}\n`}+${edit.path} -> ${edit.after}\n`
  const { path, before, after } = edit
  const patch = createTwoFilesPatch(before === null ? NONE : path, path, before ?? '', after, '', '', {
    context: 3,
  })
  return visible(patch.replace(/^(?:Index:.*\n)?=+\n/, '').replace(/^(---|\+\+\+) (.*?)\t?$/gm, '$1 $2'))
}

/** A file must not steer the terminal that it is shown on. */
function visible(text: string): string {
  return text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
