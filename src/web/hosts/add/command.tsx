/** A command line to take elsewhere: all of it in sight, since a browser copies by itself only from pages that came by https. */
import { ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core'
import { useId, useState } from 'react'

interface Props {
  /** What it does: `Copy what joins the host`. */
  readonly copyLabel: string
  readonly text: string
}

export function Command({ copyLabel, text }: Props) {
  const id = useId()
  const [isCopied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true))
  const action = isSecureContext && (
    <CodeBlockAction>
      <ClipboardCopyButton
        id={`${id}-copy`}
        textId={id}
        aria-label={copyLabel}
        variant="plain"
        onClick={copy}
        onTooltipHidden={() => setCopied(false)}
      >
        {isCopied ? 'Copied' : 'Copy'}
      </ClipboardCopyButton>
    </CodeBlockAction>
  )
  return (
    <CodeBlock actions={action} className="berth-command">
      <CodeBlockCode id={id}>{text}</CodeBlockCode>
    </CodeBlock>
  )
}
