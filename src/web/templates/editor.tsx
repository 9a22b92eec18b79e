/** The template editor: a form and the text, each of which follows the other, and what the cluster says of it. */
import { PageSection } from '@patternfly/react-core'
import { useMemo, useRef, useState } from 'react'
import { parseTemplate } from '../../template/parse.ts'
import type { TemplateTree } from '../../template/tree.ts'
import { CheckPanel } from './check-panel.tsx'
import type { Draft } from './draft.ts'
import { FormTabs, type TabName } from './form-tabs.tsx'
import { type Problem, parsed } from './form-text.ts'
import { markAt, withLineFeeds } from './mark.ts'
import { TextCard } from './text-card.tsx'
import { useCheck } from './use-check.ts'
import './templates.css'

interface Props {
  readonly draft: Draft
  readonly isReadOnly: boolean
  readonly firstTab: TabName
}

export function Editor({ draft, isReadOnly, firstTab }: Props) {
  const { text, write } = draft
  const area = useRef<HTMLTextAreaElement>(null)
  const live = useCheck(text)
  const tree = useMemo(() => {
    const found = parsed(text)
    return 'tree' in found ? found.tree : null
  }, [text])
  const form = {
    tree: useLast(tree),
    edit: (change: (text: string) => string) => write(change(text)),
  }
  const problem = live.check.state === 'invalid' && !live.isOld ? live.check.problem : null
  const show = (place: NonNullable<Problem['place']>): void => {
    const { start, end } = markAt(withLineFeeds(text), place)
    area.current?.focus()
    area.current?.setSelectionRange(start, end)
  }
  return (
    <PageSection>
      <div className="berth-editor">
        <FormTabs form={form} first={firstTab} isReadOnly={isReadOnly} isFrozen={tree === null} />
        <div className="berth-editor-side">
          <CheckPanel {...live} show={show} />
          <TextCard area={area} draft={draft} problem={problem} isReadOnly={isReadOnly} />
        </div>
      </div>
    </PageSection>
  )
}

/** Of the last text that was one: the form shows it, frozen, while the text is none. */
function useLast(tree: TemplateTree | null): TemplateTree {
  const [last, setLast] = useState(() => tree ?? parseTemplate(''))
  if (tree !== null && tree !== last) setLast(tree)
  return tree ?? last
}
