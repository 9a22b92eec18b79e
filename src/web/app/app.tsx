/** The page: who is signed in sees the frame and, by the address, one of its pages. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, Suspense, useState } from 'react'
import { createBrowserRouter, Navigate, Route, RouterProvider, Routes, useRouteError } from 'react-router'
import { Refused } from '../api/problem.ts'
import { Loading } from '../parts/loading.tsx'
import { Frame } from './frame.tsx'
import { NotFound } from './not-found.tsx'
import {
  HostPage,
  HostsPage,
  NewTemplatePage,
  NewVmPage,
  PlanPage,
  TemplatePage,
  TemplatesPage,
  useAllPages,
  VmPage,
  VmsPage,
} from './pages.ts'
import { useSession } from './session.ts'
import { SignIn } from './sign-in.tsx'

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
