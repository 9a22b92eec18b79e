/** A command line to take elsewhere: all of it in sight, since a browser copies by itself only from pages that came by https. */
import { Button, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core'
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon'
import { announce } from '../../parts/announce.tsx'

interface Props {
  /** What it does: `Copy what joins the host`. */
  readonly copyLabel: string
  readonly text: string
}

export function Command({ copyLabel, text }: Props) {
  const copy = () => void navigator.clipboard.writeText(text).then(() => announce('Copied'))
  const action = isSecureContext && (
    <CodeBlockAction>
      <Button variant="plain" aria-label={copyLabel} title={copyLabel} icon={<CopyIcon />} onClick={copy} />
    </CodeBlockAction>
  )
  return (
    <CodeBlock actions={action} className="berth-command">
      <CodeBlockCode>{text}</CodeBlockCode>
    </CodeBlock>
  )
}
