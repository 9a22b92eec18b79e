/** The page: who is signed in sees the frame and, by the address, one of its pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { createBrowserRouter, Navigate, Route, RouterProvider, Routes, useRouteError } from 'react-router'
import { Refused } from '../api/problem.ts'
import { Loading } from '../parts/loading.tsx'
import { Frame } from './frame.tsx'
import { NotFound } from './not-found.tsx'
import { useSession } from './session.ts'
import { SignIn } from './sign-in.tsx'

const PAGES = {
  hosts: async () => ({ default: (await import('../hosts/hosts-page.tsx')).HostsPage }),
  host: async () => ({ default: (await import('../host/host-page.tsx')).HostPage }),
  vms: async () => ({ default: (await import('../vms/vms-page.tsx')).VmsPage }),
  vm: async () => ({ default: (await import('../vms/vm-page.tsx')).VmPage }),
  newVm: async () => ({ default: (await import('../vms/new-vm-page.tsx')).NewVmPage }),
  templates: async () => ({ default: (await import('../templates/templates-page.tsx')).TemplatesPage }),
  template: async () => ({ default: (await import('../templates/template-page.tsx')).TemplatePage }),
  newTemplate: async () => ({
    default: (await import('../templates/new-template-page.tsx')).NewTemplatePage,
  }),
  plan: async () => ({ default: (await import('../plan/plan-page.tsx')).PlanPage }),
}

const HostsPage = lazy(PAGES.hosts)
const HostPage = lazy(PAGES.host)
const VmsPage = lazy(PAGES.vms)
const VmPage = lazy(PAGES.vm)
const NewVmPage = lazy(PAGES.newVm)
const TemplatesPage = lazy(PAGES.templates)
const TemplatePage = lazy(PAGES.template)
const NewTemplatePage = lazy(PAGES.newTemplate)
const PlanPage = lazy(PAGES.plan)

/** After what is shown, the others: a tab that stays open for weeks may find a later version's files on the controller. */
const READ_ALL_AFTER_MS = 3_000

function useAllPages(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const page of Object.values(PAGES)) void page().catch(() => null)
    }, READ_ALL_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
}

/** A refusal stays one, however often it is asked; only a controller that does not answer is asked again. */
const again = (failures: number, error: Error): boolean =>
  failures < 2 && error instanceof Refused && (error.status === 0 || error.status === 503)

/** The browser's word that it is offline says nothing of the controller, and what it holds back until later might then be done. */
const networkMode = 'always'

const newQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: again, staleTime: 5_000, networkMode },
      mutations: { retry: false, networkMode },
    },
  })

/** What one token may see is kept for nobody else who signs in after it. */
export function App() {
  const { token } = useSession()
  return (
    <Session key={token}>
      {/* Fields whose value stands in the address follow the keyboard: as a transition, it comes too late for the next key. */}
      <RouterProvider router={router} useTransitions={false} />
    </Session>
  )
}

/** Such a router can keep somebody from leaving a page with work that is not saved (`useBlocker`). */
const router = createBrowserRouter([{ path: '*', Component: SignedIn, ErrorBoundary: Defect }])

function SignedIn() {
  const { token } = useSession()
  return token === null ? <SignIn /> : <Pages />
}

/** What broke is told by crash.tsx, not by the router. */
function Defect(): never {
  throw useRouteError()
}

function Session({ children }: { readonly children: ReactNode }) {
  const [queries] = useState(newQueries)
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>
}

function Pages() {
  useAllPages()
  return (
    <Frame>
      <Suspense fallback={<Loading what="the page" />}>
        <Routes>
          <Route path="/" element={<Navigate to="/hosts" replace />} />
          <Route path="/hosts" element={<HostsPage />} />
          <Route path="/hosts/:host" element={<HostPage />} />
          <Route path="/hosts/:host/:tab" element={<HostPage />} />
          <Route path="/templates" element={<TemplatesPage />} />
          <Route path="/templates/new" element={<NewTemplatePage />} />
          <Route path="/templates/:template" element={<TemplatePage />} />
          <Route path="/vms" element={<VmsPage />} />
          <Route path="/vms/new" element={<NewVmPage />} />
          <Route path="/vms/:vm" element={<VmPage />} />
          <Route path="/plan" element={<PlanPage />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </Frame>
  )
}
