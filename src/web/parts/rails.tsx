/** The lines in front of a row of a tree: those that pass it by, then its own. Its box has to be as high as the row. */
import './rails.css'

interface Props {
  /** For each level above the row's own that has a line: it goes on below the row. */
  readonly passing: readonly boolean[]
  /** Among its siblings. */
  readonly isLast: boolean
}

export function Rails({ passing, isLast }: Props) {
  return (
    <>
      {passing.map((passes, level) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its level
        <span key={level} className="berth-rail" data-line={passes ? 'through' : 'none'} />
      ))}
      <span className="berth-rail" data-line={isLast ? 'corner' : 'branch'} />
    </>
  )
}
