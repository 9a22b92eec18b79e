/** Calls the API: the paths' arguments are escaped here, and refusals become errors. */
import { refusalOf } from './failure.ts'
import type { CliPorts, Method } from './ports.ts'

/**
 * A path under /v1; each part is one segment, escaped. Parts are checked by `nameArgument` not to be empty or dots.
 */
export function apiPath(...segments: readonly (string | number)[]): string {
  return `/v1/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`
}

/**
 * The document that the API answers with (null where there is none); throws `ApiRefusal` at status 400 and above.
 * `Document` is the one of src/view/documents.ts that the route is declared to answer with: the API validates it.
 */
export async function callApi<Document>(
  ports: CliPorts,
  method: Method,
  path: string,
  body?: unknown,
): Promise<Document> {
  const response = await ports.request(method, path, body)
  if (response.status >= 400) throw refusalOf(response)
  return (response.body ?? null) as Document
}
