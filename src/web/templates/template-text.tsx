/** The text itself: numbered lines, and a mark where it is wrong. */
import type { RefObject } from 'react'
import type { Problem } from './form-text.ts'
import { type Mark, markAt, withLineFeeds } from './mark.ts'

/** Of the words that say what is wrong. */
export const PROBLEM_ID = 'template-problem'

interface Props {
  readonly area: RefObject<HTMLTextAreaElement | null>
  readonly text: string
  readonly problem: Problem | null
  readonly isReadOnly: boolean
  write(text: string): void
}

export function TemplateText({ area, text, problem, isReadOnly, write }: Props) {
  const shown = withLineFeeds(text)
  const isWindows = shown !== text
  return (
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
        <Backdrop text={shown} mark={problem?.place == null ? null : markAt(shown, problem.place)} />
        <textarea
          ref={area}
          aria-label="Template text"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : PROBLEM_ID}
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
  )
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
