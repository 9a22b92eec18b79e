/** Who is signed in: the token of this tab, or of this browser where somebody chose so. It stands in headers only, never in a URL. */
import { useSyncExternalStore } from 'react'

const KEY = 'berth.token'

/** Why somebody was signed out whom the API does not know any more. */
const TOKEN_ENDED = 'the token was revoked, or has expired'

export interface Session {
  readonly token: string | null
  /** Why nobody is signed in any more; null = nobody was. */
  readonly ended: string | null
}

let session: Session = { token: tokenOfLink() ?? stored(), ended: null }
const listeners = new Set<() => void>()

/** `#token=...`, as `berth demo --serve` prints it: taken out of the address bar at once. A browser sends no fragment to anybody. */
function tokenOfLink(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null || token === '') return null
  history.replaceState(null, '', location.pathname + location.search)
  sessionStorage.setItem(KEY, token)
  return token
}

function stored(): string | null {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY)
}

export const currentToken = (): string | null => session.token

/** `keep` = in this browser, until somebody signs out; otherwise until the tab is closed. */
export function signIn(token: string, keep: boolean): void {
  sessionStorage.setItem(KEY, token)
  if (keep) localStorage.setItem(KEY, token)
  change({ token, ended: null })
}

export function signOut(why: string | null = null): void {
  sessionStorage.removeItem(KEY)
  localStorage.removeItem(KEY)
  change({ token: null, ended: why })
}

/** The API does not know a token (any more); somebody may be signed in with another one since. */
export function tokenEnded(token: string | null): void {
  if (token === session.token) signOut(TOKEN_ENDED)
}

export function useSession(): Session {
  return useSyncExternalStore(listen, () => session)
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function change(next: Session): void {
  session = next
  for (const listener of listeners) listener()
}
