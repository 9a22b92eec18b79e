/** The text itself: numbered lines, and a mark where it is wrong. */
import { Alert, AlertActionLink } from '@patternfly/react-core'
import { useRef } from 'react'
import type { Problem } from './form-text.ts'

interface Props {
  readonly text: string
  readonly problem: Problem | null
  readonly isReadOnly: boolean
  write(text: string): void
}

export function TemplateText({ text, problem, isReadOnly, write }: Props) {
  const area = useRef<HTMLTextAreaElement>(null)
  // Browsers hold line ends as \n; a text that came with \r\n goes back with them.
  const shown = text.replaceAll('\r\n', '\n')
  const isWindows = text.includes('\r\n')
  const mark = problem?.place == null ? null : markAt(shown, problem.place)
  const show = () => {
    if (area.current === null || mark === null) return
    area.current.focus()
    area.current.setSelectionRange(mark.start, mark.end)
  }
  return (
    <>
      <div className="berth-text berth-code" data-invalid={problem !== null}>
        <ol className="berth-text-lines" aria-hidden="true">
          {shown.split('\n').map((_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <li key={index} data-wrong={problem?.place?.line === index + 1}>
              {index + 1}
            </li>
          ))}
        </ol>
        <div className="berth-text-page">
          <Backdrop text={shown} mark={mark} />
          <textarea
            ref={area}
            aria-label="Template text"
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : 'template-problem'}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            wrap="off"
            readOnly={isReadOnly}
            value={shown}
            onChange={({ target }) => write(isWindows ? target.value.replaceAll('\n', '\r\n') : target.value)}
          />
        </div>
      </div>
      {problem !== null && (
        <Alert
          isInline
          variant="danger"
          component="p"
          id="template-problem"
          className="berth-refusal"
          title={problem.message}
          {...(mark !== null && {
            actionLinks: <AlertActionLink onClick={show}>Show the place</AlertActionLink>,
          })}
        />
      )}
    </>
  )
}

interface Mark {
  readonly start: number
  readonly end: number
}

/** As large as the text is, so that the area above it never scrolls within itself. */
function Backdrop({ text, mark }: { readonly text: string; readonly mark: Mark | null }) {
  if (mark === null) return <pre aria-hidden="true">{`${text}\n`}</pre>
  return (
    <pre aria-hidden="true">
      {text.slice(0, mark.start)}
      <mark>{text.slice(mark.start, mark.end) || ' '}</mark>
      {`${text.slice(mark.end)}\n`}
    </pre>
  )
}

/** The word at the place; at least one character, unless it is the line's end. */
function markAt(text: string, { line, column }: NonNullable<Problem['place']>): Mark {
  const before = text
    .split('\n')
    .slice(0, line - 1)
    .join('\n')
  const start = Math.min(text.length, (line === 1 ? 0 : before.length + 1) + column - 1)
  const word = /^(?:"(?:[^"\\\n]|\\.)*"?|[^\s,[\]=]+|[^\s])/.exec(text.slice(start))?.[0] ?? ''
  return { start, end: start + word.length }
}
