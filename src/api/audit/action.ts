/** What a request was about, in the words of the log: `vm stop`, of `vm 5`. Pure. */

const VERBS: Readonly<Record<string, string>> = { POST: 'create', DELETE: 'delete', PUT: 'set', PATCH: 'set' }

/** `pattern`: the route's, `/v1/hosts/:host/disable`; undefined = there is no such route. */
export function actionOf(method: string, pattern: string | undefined): string {
  if (pattern === undefined) return 'nothing known'
  const parts = pattern.split('/').filter((part) => part !== '' && part !== 'v1')
  const [first = '', ...rest] = parts.filter((part) => !part.startsWith(':'))
  const words = [first.endsWith('s') ? first.slice(0, -1) : first, ...rest].join(' ')
  if (method === 'GET' || method === 'HEAD') return `${words} read`
  const collection = parts.length === 1 && first.endsWith('s')
  const member = parts.at(-1)?.startsWith(':') === true
  return collection || member || method !== 'POST' ? `${words} ${VERBS[method] ?? method}` : words
}

/** More than any name that is meant. */
const LONGEST = 256

/** The path's own names, as they were given: `host kvm-a device 0000:3b:00.0`; null = it has none. */
export function subjectOf(params: unknown): string | null {
  if (typeof params !== 'object' || params === null) return null
  const words = Object.entries(params).flatMap(([name, value]) =>
    typeof value === 'string' && name !== '*' ? [`${name === 'address' ? 'device' : name} ${value}`] : [],
  )
  return words.length === 0 ? null : words.join(' ').slice(0, LONGEST)
}
