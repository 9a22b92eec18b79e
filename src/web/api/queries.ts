/** What the page reads, under one key each, with the kinds of changes after which it is read again (live.ts). */
import { type QueryKey, queryOptions } from '@tanstack/react-query'
import { allOf, api, documentOf } from './client.ts'
import type { HostSummary, ListPath, MappedHost, TemplateView, VmSummary } from './documents.ts'
import { Refused } from './problem.ts'
import type { ChangeKind } from './query-meta.ts'
import { rowsOfHosts } from './rows-of-hosts.ts'

const read = <T>(
  key: QueryKey,
  changesWith: readonly ChangeKind[],
  queryFn: (context: { readonly signal: AbortSignal }) => Promise<T>,
) => queryOptions({ queryKey: key, queryFn, meta: { changesWith } })

/**
 * A list with a row for each host, by id, `page` of them in one answer. The first time its pages show as they come; later, after
 * changes of a few hosts, only those are read.
 */
function listByHost<T>(
  queryKey: QueryKey,
  path: ListPath,
  page: number,
  hostOf: (row: T) => number,
  cache?: RequestCache,
) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal, client }): Promise<readonly T[]> => {
      const isFirst = client.getQueryData(queryKey) === undefined
      const show = (rows: readonly T[]) => client.setQueryData(queryKey, rows)
      return allOf<T>(path, { limit: String(page) }, signal, isFirst ? show : undefined, cache)
    },
    // Two hundred thousand comparisons for what is shown in parts.
    structuralSharing: false,
    meta: {
      changesWith: ['host', 'order'],
      readHosts: async (queries, hosts) => {
        const fresh = await rowsOfHosts(path, hosts, hostOf, cache)
        queries.setQueryData<readonly T[]>(queryKey, (rows) => rows && fresh(rows))
      },
    },
  })
}

export const me = () => read(['me'], [], ({ signal }) => documentOf(api.GET('/v1/me', { signal })))

/** A VM that comes to a host, or goes, comes with an order of that host's. When each host reported last is shown, too. */
export const hostList = () => listByHost<HostSummary>(['hosts'], '/v1/hosts', 500, ({ id }) => id, 'no-store')

/** Devices by type on each host. */
export const deviceMap = () =>
  listByHost<MappedHost>(['device-map'], '/v1/devices/map', 200, ({ host }) => host)

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

/** How many more VMs of a stored template would be placed now. */
export const fitOfTemplate = (template: string, limit: number, afterWaiting: boolean) =>
  read(['fit-of', template, limit, afterWaiting], ['vm', 'host', 'order', 'template'], ({ signal }) => {
    const query = { limit: String(limit), ...(afterWaiting && { afterWaiting: 'true' as const }) }
    const params = { path: { template }, query }
    return documentOf(api.GET('/v1/templates/{template}/fit', { params, signal }))
  })

/** How many hosts could take one VM of a stored template, now and ever. */
export const checkOfTemplate = (template: string) =>
  read(['check-of', template], ['vm', 'host', 'order', 'template'], ({ signal }) =>
    documentOf(api.GET('/v1/templates/{template}/check', { params: { path: { template } }, signal })),
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
