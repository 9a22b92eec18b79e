/** What the page reads, under one key each, with the kinds of changes after which it is read again (live.ts). */
import { type QueryKey, queryOptions } from '@tanstack/react-query'
import { allOf, api, documentOf } from './client.ts'
import type { HostSummary, MappedHost, TemplateView, VmSummary } from './documents.ts'

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

export const groupsOf = (host: string) =>
  read(['groups', host], ['host', 'vm', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/hosts/{host}/groups', { params: { path: { host } }, signal })),
  )

export const sriovOf = (host: string) =>
  read(['sriov', host], ['host', 'vm', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/hosts/{host}/sriov', { params: { path: { host } }, signal })),
  )

/** What giving the host up would do, as it is now; asked for anew each time. */
export const hostFence = (host: string) => ({
  ...read(['fence', host], ['host', 'vm'], ({ signal }) =>
    documentOf(api.GET('/v1/hosts/{host}/fence', { params: { path: { host } }, signal })),
  ),
  staleTime: 0,
})

export const deviceHistory = (host: string, address: string) =>
  read(['history', host, address], ['host', 'vm', 'order'], ({ signal }) => {
    const params = { path: { host, address } }
    return documentOf(api.GET('/v1/hosts/{host}/devices/{address}/history', { params, signal }))
  })

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

/** Why it waits; another VM that ends, or a host that changes, may be what it waits for. */
export const explanationOf = (vm: number) =>
  read(['explain', vm], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/vms/{vm}/explain', { params: { path: { vm: String(vm) } }, signal })),
  )

export const deviceTypes = () =>
  read(['device-types'], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/devices/types', { signal })),
  )

/** What one host offers, by type. */
export const devicesOf = (host: number) =>
  read(['device-map', host], ['vm', 'host', 'order'], ({ signal }) =>
    allOf<MappedHost>('/v1/devices/map', { host: String(host) }, signal),
  )

/** IOMMU groups. */
export const groupsOf = (host: string) =>
  read(['groups', host], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.GET('/v1/hosts/{host}/groups', { params: { path: { host } }, signal })),
  )

/** How many more VMs of this text would be placed now. */
export const fitOf = (text: string, limit: number, afterWaiting: boolean) =>
  read(['fit', text, limit, afterWaiting], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.POST('/v1/templates/fit', { body: { text, limit, afterWaiting }, signal })),
  )

/** How many hosts could take one VM of this text, now and ever. */
export const checkOf = (text: string) =>
  read(['check', text], ['vm', 'host', 'order'], ({ signal }) =>
    documentOf(api.POST('/v1/templates/check', { body: { text }, signal })),
  )
