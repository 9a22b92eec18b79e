/** What came of an action, said once at the page's edge and to screen readers, wherever the one who asked has gone since. */
import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core'
import { useSyncExternalStore } from 'react'

interface Announcement {
  readonly id: number
  readonly words: string
  readonly isFailure: boolean
}

const SHOWN_MS = 8_000

let shown: readonly Announcement[] = []
let last = 0
const listeners = new Set<() => void>()

/** One sentence: `0000:3b:00.0 is drained`. */
export function announce(words: string, isFailure = false): void {
  last += 1
  change([...shown, { id: last, words, isFailure }])
}

export function Announcements() {
  const announcements = useSyncExternalStore(listen, () => shown)
  const take = (id: number): void => change(shown.filter((one) => one.id !== id))
  return (
    <AlertGroup isToast isLiveRegion aria-label="What was done">
      {announcements.map(({ id, words, isFailure }) => (
        <Alert
          key={id}
          variant={isFailure ? 'danger' : 'success'}
          component="p"
          title={words}
          timeout={SHOWN_MS}
          onTimeout={() => take(id)}
          actionClose={<AlertActionCloseButton title={words} onClose={() => take(id)} />}
        />
      ))}
    </AlertGroup>
  )
}

function change(announcements: readonly Announcement[]): void {
  shown = announcements
  for (const tell of listeners) tell()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
