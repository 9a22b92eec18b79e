/** Requests to the controller over kept connections: status, decoded body, milliseconds. Never rejects: no answer is status 599. */
import { Agent, request } from 'node:http'

export function createCaller({ port, token, sockets = Number.POSITIVE_INFINITY }) {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const call = (method, path, body) =>
    new Promise((resolve) => {
      const start = performance.now()
      const failed = (error) => resolve({ status: 599, body: { code: error.code ?? error.message }, ms: 0 })
      const options = { host: '127.0.0.1', port, method, path, agent, headers }
      const asked = request(options, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', failed)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const decoded = text === '' ? null : JSON.parse(text)
          resolve({ status: response.statusCode, body: decoded, ms: performance.now() - start })
        })
      })
      asked.on('error', failed)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  return { call, close: () => agent.destroy() }
}
