/** What the text that is being written would find in the cluster now: asked once nobody types, and the last answer counts. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TemplateCheck } from '../api/documents.ts'
import { type Refused, wordsOf } from '../api/problem.ts'
import { templateCheck } from '../api/queries.ts'
import { useSettled } from '../parts/settled.ts'
import { type Problem, parsed, placeOf } from './form-text.ts'

export type Check =
  | { readonly state: 'empty' | 'asking' }
  /** The text is no template that could run; with the place, should it have one. */
  | { readonly state: 'invalid'; readonly problem: Problem }
  | { readonly state: 'failed'; readonly message: string }
  | { readonly state: 'found'; readonly found: TemplateCheck }

export interface LiveCheck {
  readonly check: Check
  /** The answer is to an earlier text; the next one is on its way. */
  readonly isOld: boolean
}

export function useCheck(text: string): LiveCheck {
  const settled = useSettled(text)
  const here = parsed(text)
  const isEmpty = text.trim() === ''
  const query = useQuery({
    ...templateCheck(settled),
    enabled: settled.trim() !== '' && 'tree' in parsed(settled),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  })
  if (isEmpty) return { check: { state: 'empty' }, isOld: false }
  if ('problem' in here) return { check: { state: 'invalid', problem: here.problem }, isOld: false }
  const isOld = settled !== text || query.isPlaceholderData
  if (query.data !== undefined) return { check: answered(query.data), isOld }
  if (query.error === null) return { check: { state: 'asking' }, isOld }
  return { check: { state: 'failed', message: wordsOf(query.error) }, isOld }
}

type Answer = { readonly found: TemplateCheck } | { readonly invalid: Refused }

function answered(answer: Answer): Check {
  if ('found' in answer) return { state: 'found', found: answer.found }
  const { message, facts } = answer.invalid
  return { state: 'invalid', problem: { message, place: placeOf(facts) } }
}
