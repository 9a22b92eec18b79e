/** What the template of a VM on no host asks for, block by block; a block can be taken out. */
import { Button } from '@patternfly/react-core'
import type { VmView } from '../api/documents.ts'
import { useAsks } from './asks-for.ts'

interface Props {
  readonly vm: VmView
  readonly kind: 'pci' | 'usb'
  /** By the block's number; null = it cannot be. */
  readonly detach: ((request: number) => void) | null
}

export function Asked({ vm, kind, detach }: Props) {
  const asks = useAsks()(vm.template)
  if (asks === null) return <p className="berth-vm-quiet">Its template is not to be read.</p>
  const blocks = asks[kind]
  const name = kind.toUpperCase()
  if (blocks.length === 0) return <p className="berth-vm-quiet">It asks for none.</p>
  return (
    <ul className="berth-vm-asked" aria-label={`What it asks for: ${name}`}>
      {blocks.map((words, request) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block has no other name than its number
        <li key={request}>
          <span className="berth-vm-quiet">
            {name} {request}
          </span>
          <span>{words}</span>
          {detach !== null && (
            <Button
              variant="link"
              isInline
              isDanger
              aria-label={`Detach ${name} ${request}`}
              onClick={() => detach(request)}
            >
              Detach
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
