/** Whether what is shown follows the controller by itself. */
import { Label, Tooltip } from '@patternfly/react-core'
import type { Connection } from '../api/live.ts'

const SHOWN = {
  connecting: { color: 'grey', words: 'Connecting', more: 'The page asks the controller for changes.' },
  live: { color: 'green', words: 'Live', more: 'Changes are shown as they happen.' },
  lost: {
    color: 'orange',
    words: 'Not live',
    more: 'The controller does not answer; the page tries again. What is shown may be old.',
  },
} as const

export function LiveMark({ connection }: { readonly connection: Connection }) {
  const { color, words, more } = SHOWN[connection]
  return (
    <Tooltip content={more}>
      <Label color={color} isCompact role="status" tabIndex={0} data-connection={connection}>
        {words}
      </Label>
    </Tooltip>
  )
}
