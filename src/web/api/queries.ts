/** What the page reads, under one key each, with the kinds of changes after which it is read again (live.ts). */
import { type QueryKey, queryOptions } from '@tanstack/react-query'
import { allOf, api, documentOf } from './client.ts'
import type { HostSummary, TemplateView, VmSummary } from './documents.ts'
import { Refused } from './problem.ts'

/** As `GET /v1/events` names them; an order's subject is its host. */
export type ChangeKind = 'vm' | 'host' | 'order' | 'template'

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** Read again when one of these changes. */
      readonly changesWith?: readonly ChangeKind[]
    }
  }
}

const read = <T>(
  key: QueryKey,
  changesWith: readonly ChangeKind[],
  queryFn: (context: { readonly signal: AbortSignal }) => Promise<T>,
) => queryOptions({ queryKey: key, queryFn, meta: { changesWith } })

export const me = () => read(['me'], [], ({ signal }) => documentOf(api.GET('/v1/me', { signal })))

export const hostList = () =>
  read(['hosts'], ['host', 'vm'], ({ signal }) => allOf<HostSummary>('/v1/hosts', {}, signal))

export const hostOf = (host: string) =>
  read(['host', host], ['host', 'vm', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/hosts/{host}', { params: { path: { host } }, signal })),
  )

export const vmList = (query: Readonly<Record<string, string>> = {}) =>
  read(['vms', query], ['vm', 'order'], ({ signal }) => allOf<VmSummary>('/v1/vms', query, signal))

export const vmOf = (vm: string) =>
  read(['vm', vm], ['vm', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/vms/{vm}', { params: { path: { vm } }, signal })),
  )

export const templateList = () =>
  read(['templates'], ['template'], ({ signal }) => allOf<TemplateView>('/v1/templates', {}, signal))

export const templateOf = (template: string) =>
  read(['template', template], ['template'], ({ signal }) =>
    documentOf(api.GET('/v1/templates/{template}', { params: { path: { template } }, signal })),
  )

export const deviceTypes = () =>
  read(['device-types'], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/devices/types', { signal })),
  )

/** What a text would find as a template, now; that it is none, or could never run, is an answer, too. */
export const templateCheck = (text: string) =>
  read(['template-check', text], ['vm', 'host', 'order'], async ({ signal }) => {
    try {
      return { found: await documentOf(api.POST('/v1/templates/check', { body: { text }, signal })) }
    } catch (error) {
      if (error instanceof Refused && error.status === 400) return { invalid: error }
      throw error
    }
  })
