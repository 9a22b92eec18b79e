/** While something is read: nothing for a moment, then a sign of it. */
import { Bullseye, Spinner } from '@patternfly/react-core'

export function Loading({ what }: { readonly what: string }) {
  return (
    <Bullseye className="berth-loading">
      <Spinner aria-label={`Reading ${what}`} />
    </Bullseye>
  )
}
