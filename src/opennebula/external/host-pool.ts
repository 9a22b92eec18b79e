/** The hosts as OpenNebula's XML-RPC API tells them (one.hostpool.info): what the External Scheduler's request leaves out. */
import { CommandFailed, InvalidInput } from '../../model/errors.ts'
import { type Host, readHost } from '../xml/host.ts'
import { malformed, nextChild, openXml, readText, skipElement, type XmlReader } from '../xml/reader.ts'
import { eachChild } from '../xml/values.ts'

const TIMEOUT_MS = 30_000

/** `session` = `user:password` or `user:token`. CommandFailed `opennebula-api`: no answer, a refusal, or an answer that is none. */
export async function fetchHosts(endpoint: string, session: string): Promise<readonly Host[]> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: call('one.hostpool.info', session),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`it answered with status ${response.status}`)
    return readHostPool(readAnswer(text))
  } catch (error) {
    throw new CommandFailed('opennebula-api', `${endpoint}: ${told(error)}`, { endpoint }, error)
  }
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // What fetch says itself is "fetch failed".
  return error.cause instanceof Error && !(error instanceof InvalidInput)
    ? error.cause.message
    : error.message
}

function call(method: string, session: string): string {
  const escaped = session.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<?xml version="1.0"?>\n<methodCall><methodName>${method}</methodName><params><param><value><string>${escaped}</string></value></param></params></methodCall>\n`
}

/** The text of a successful answer: an array of true and a string. Throws what OpenNebula says otherwise. */
function readAnswer(text: string): string {
  const reader = openXml(text)
  if (nextChild(reader) !== 'methodResponse') throw malformed(reader, 'it is no answer of XML-RPC')
  const values: string[] = []
  readValues(reader, values)
  const [success, answer] = values
  if (success === '1' && answer !== undefined) return answer
  throw new Error(`OpenNebula refuses: ${values.slice(1).join(' ').slice(0, 300) || 'it says nothing'}`)
}

const CONTAINERS: ReadonlySet<string> = new Set([
  'params',
  'param',
  'array',
  'data',
  'fault',
  'struct',
  'member',
])

/** The texts of all simple values, in order. */
function readValues(reader: XmlReader, values: string[]): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (CONTAINERS.has(name) || name === 'value') readValues(reader, values)
    else values.push(readText(reader))
  }
}

/** HOST_POOL as a text. */
export function readHostPool(text: string): readonly Host[] {
  const reader = openXml(text)
  if (nextChild(reader) !== 'HOST_POOL') throw malformed(reader, 'it is no HOST_POOL')
  const hosts: Host[] = []
  eachChild(reader, 'HOST', (at) => hosts.push(readHost(at)), skipElement)
  return hosts
}
