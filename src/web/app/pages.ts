/** The pages, each read when it is first shown; the others soon after, while the controller has the files of this version. */
import { type ComponentType, lazy, useEffect } from 'react'
import { Unread } from './unread.tsx'

type Load = () => Promise<{ readonly default: ComponentType }>

const loads: Load[] = []

function page(load: Load): ComponentType {
  loads.push(load)
  return lazy(() => load().catch(() => ({ default: Unread })))
}

export const HostsPage = page(async () => ({ default: (await import('../hosts/hosts-page.tsx')).HostsPage }))
export const HostPage = page(async () => ({ default: (await import('../host/host-page.tsx')).HostPage }))
export const VmsPage = page(async () => ({ default: (await import('../vms/vms-page.tsx')).VmsPage }))
export const VmPage = page(async () => ({ default: (await import('../vms/vm-page.tsx')).VmPage }))
export const NewVmPage = page(async () => ({ default: (await import('../vms/new-vm-page.tsx')).NewVmPage }))
export const TemplatesPage = page(async () => ({
  default: (await import('../templates/templates-page.tsx')).TemplatesPage,
}))
export const TemplatePage = page(async () => ({
  default: (await import('../templates/template-page.tsx')).TemplatePage,
}))
export const NewTemplatePage = page(async () => ({
  default: (await import('../templates/new-template-page.tsx')).NewTemplatePage,
}))
export const PlanPage = page(async () => ({ default: (await import('../plan/plan-page.tsx')).PlanPage }))

const READ_ALL_AFTER_MS = 1_000

/** A tab stays open for weeks, and its controller may be down, or a later version, when another page is wanted. */
export function useAllPages(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of loads) void load().catch(() => null)
    }, READ_ALL_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
}
