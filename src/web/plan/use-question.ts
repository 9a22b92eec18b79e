/** What is asked: in the page's address, but for a text, which may hold what is nobody else's. */
import { useState } from 'react'
import { useSearchParam } from '../parts/search-param.ts'

export interface PlanQuestion {
  readonly source: 'stored' | 'text'
  /** Its name; empty = none is chosen. */
  readonly template: string
  /** As it was last asked about; empty = never. */
  readonly text: string
  readonly limit: number
  readonly afterWaiting: boolean
}

/** The API's own (FIT_LIMIT) where nobody says another. */
const USUAL_LIMIT = 1000
export const MOST = 10_000

export function useQuestion() {
  const [source, setSource] = useSearchParam('source')
  const [template, setTemplate] = useSearchParam('template')
  const [limit, setLimit] = useSearchParam('limit')
  const [after, setAfter] = useSearchParam('after')
  const [text, setText] = useState('')
  const question: PlanQuestion = {
    source: source === 'text' ? 'text' : 'stored',
    template,
    text,
    limit: limitOf(limit) ?? USUAL_LIMIT,
    afterWaiting: after === 'waiting',
  }
  return {
    question,
    setSource: (next: PlanQuestion['source']) => setSource(next === 'text' ? next : ''),
    setTemplate,
    setText,
    setLimit: (next: number) => setLimit(next === USUAL_LIMIT ? '' : String(next)),
    setAfterWaiting: (next: boolean) => setAfter(next ? 'waiting' : ''),
  }
}

/** Null = none that the API takes. */
export function limitOf(text: string): number | null {
  const limit = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : null
  return limit !== null && limit <= MOST ? limit : null
}
