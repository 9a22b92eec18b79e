/** OpenNebula's XML-RPC API in this process: answers one.hostpool.info as oned does, over real HTTP. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface XmlRpcDouble {
  readonly endpoint: string
  /** HOST elements that the next calls find. */
  hosts: readonly string[]
  /** What it answers in place of them: a refusal, a broken answer, an error status, nothing at all. */
  trouble: 'none' | 'refuses' | 'garbage' | 'status' | 'hangs'
  /** Callers that hung up on it before it answered. */
  hungUp: number
  /** Bodies of the calls so far. */
  readonly calls: string[]
  close(): Promise<void>
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const answer = (success: boolean, text: string): string => `<?xml version="1.0" encoding="UTF-8"?>\r
<methodResponse>\r
<params>\r
<param><value><array><data>\r
<value><boolean>${success ? 1 : 0}</boolean></value>\r
<value><string>${escaped(text)}</string></value>\r
<value><i4>${success ? 0 : 256}</i4></value>\r
</data></array></value></param>\r
</params>\r
</methodResponse>\r
`

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

export async function xmlRpcDouble(hosts: readonly string[]): Promise<XmlRpcDouble> {
  const server = createServer(async (request, response) => {
    double.calls.push(await bodyOf(request))
    const { trouble } = double
    if (trouble === 'hangs') {
      response.on('close', () => {
        double.hungUp += 1
      })
      return
    }
    response.statusCode = trouble === 'status' ? 503 : 200
    response.setHeader('content-type', 'text/xml; charset=utf-8')
    if (trouble === 'garbage') response.end('<methodResponse><params>')
    else if (trouble === 'refuses')
      response.end(answer(false, "[one.hostpool.info] User couldn't be authenticated, aborting."))
    else response.end(answer(true, `<HOST_POOL>${double.hosts.join('')}</HOST_POOL>`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const double: XmlRpcDouble = {
    endpoint: `http://127.0.0.1:${port}/RPC2`,
    hosts,
    trouble: 'none',
    hungUp: 0,
    calls: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return double
}
