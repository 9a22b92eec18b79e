/** Saving a draft: over the template that it came from, or as a new one. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { api, documentOf } from '../api/client.ts'
import type { TemplateView } from '../api/documents.ts'
import { templateList, templateOf } from '../api/queries.ts'
import { announce } from '../parts/announce.tsx'
import type { Draft } from './draft.ts'

/** `isAtRisk`: something would be lost if the page were left now. */
export function useAtRisk(draft: Draft): { isAtRisk(): boolean; forget(): void } {
  const risk = useRef(false)
  useEffect(() => {
    risk.current = draft.isChanged
  }, [draft.isChanged])
  return {
    isAtRisk: () => risk.current,
    forget: () => {
      risk.current = false
    },
  }
}

/** Stores the draft under a name, and goes there. Rejects with `Refused`. */
export function useCreate(draft: Draft, forget: () => void): (name: string) => Promise<void> {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async (name) => {
    const view = await documentOf(api.POST('/v1/templates', { body: { text: draft.text, name } }))
    void queries.invalidateQueries(templateList())
    announce(`Template ${view.name} is stored`)
    forget()
    void navigate(`/templates/${view.id}`)
  }
}

export function useSaving(stored: TemplateView, draft: Draft) {
  const queries = useQueryClient()
  const { isAtRisk, forget } = useAtRisk(draft)
  const create = useCreate(draft, forget)
  const put = async (body: { readonly text: string; readonly name?: string; readonly was: string }) => {
    const params = { path: { template: String(stored.id) } }
    const view = await documentOf(api.PUT('/v1/templates/{template}', { params, body }))
    queries.setQueryData(templateOf(String(stored.id)).queryKey, view)
    void queries.invalidateQueries(templateList())
    return view
  }
  const save = useMutation({
    mutationFn: () => put({ text: draft.text, was: draft.base }),
    onSuccess: (view) => {
      draft.setBase(view.text)
      announce(`Template ${view.name} is saved`)
    },
    // What stands there now says why it was refused.
    onError: () => void queries.invalidateQueries(templateOf(String(stored.id))),
  })
  const rename = async (name: string): Promise<void> => {
    await put({ text: draft.base, name, was: draft.base })
    announce(`The template is called ${name} now`)
  }
  return { save, create, rename, isAtRisk, forget }
}
