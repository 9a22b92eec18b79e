/** The hosts as OpenNebula's XML-RPC API tells them (one.hostpool.info): what the External Scheduler's request leaves out. */
import { CommandFailed, InvalidInput } from '../../model/errors.ts'
import { type Host, readHost } from '../xml/host.ts'
import { malformed } from '../xml/malformed.ts'
import { nextChild, openXml, readText, skipElement, type XmlReader } from '../xml/reader.ts'
import { eachChild } from '../xml/values.ts'
import { unescapeInPlace } from './unescape.ts'

export interface Limits {
  readonly seconds: number
  readonly bytes: number
}

/** 2,500 hosts with 20,000 devices are 60 MB, escaped within XML-RPC 80 MB. */
export const API_LIMITS: Limits = { seconds: 10, bytes: 256 * 2 ** 20 }

/**
 * `session` = `user:password` or `user:token`; `stop` ends a call that is under way. CommandFailed `opennebula-api`: no answer, a
 * refusal, or an answer that is none.
 */
export async function fetchHosts(
  endpoint: string,
  session: string,
  limits: Limits = API_LIMITS,
  stop: AbortSignal = new AbortController().signal,
): Promise<readonly Host[]> {
  const giveUp = new AbortController()
  const tooLong = new Error(`it did not answer within ${limits.seconds} s`)
  const timer = setTimeout(() => giveUp.abort(tooLong), limits.seconds * 1000)
  const end = (): void => giveUp.abort(new Error('the call was given up'))
  stop.addEventListener('abort', end)
  try {
    return readHostPool(readAnswer(await post(endpoint, session, limits.bytes, giveUp.signal)))
  } catch (error) {
    throw new CommandFailed('opennebula-api', `${endpoint}: ${told(error)}`, { endpoint }, error)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', end)
  }
}

async function post(endpoint: string, session: string, most: number, signal: AbortSignal): Promise<Buffer> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: call('one.hostpool.info', session),
    // The session is for this endpoint and nobody else.
    redirect: 'error',
    signal,
  })
  if (response.ok) return bodyOf(response, most)
  await response.body?.cancel()
  throw new Error(`it answered with status ${response.status}`)
}

async function bodyOf({ body }: Response, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body ?? []) {
    size += part.length
    if (size > most) throw new Error(`its answer is larger than ${Math.floor(most / 2 ** 20)} MiB`)
    parts.push(part)
  }
  return Buffer.concat(parts, size)
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

const OPEN = '<string>'
const CLOSE = '</string>'

/**
 * The text of a successful answer: an array of true and a string. The string is taken out first, as bytes: it is the whole
 * pool. Throws what OpenNebula says otherwise.
 */
function readAnswer(bytes: Buffer): string {
  const from = bytes.indexOf(OPEN)
  const to = bytes.lastIndexOf(CLOSE)
  if (!/^\s*</.test(bytes.toString('latin1', 0, 100)))
    throw new Error("its answer is no XML-RPC: is this OpenNebula's RPC2 address?")
  const hasText = from >= 0 && to > from
  const text = hasText ? unescapeInPlace(bytes.subarray(from + OPEN.length, to)).toString('utf8') : ''
  const around = hasText ? [bytes.subarray(0, from + OPEN.length), bytes.subarray(to)] : [bytes]
  const reader = openXml(Buffer.concat(around).toString('utf8'))
  if (nextChild(reader) !== 'methodResponse') throw malformed(reader, 'it is no answer of XML-RPC')
  const values: string[] = []
  readValues(reader, values)
  if (values[0] === '1' && hasText) return text
  throw new Error(`OpenNebula refuses: ${text.slice(0, 300) || 'it says nothing'}`)
}

const CONTAINERS: ReadonlySet<string> = new Set([
  'params',
  'param',
  'array',
  'data',
  'fault',
  'struct',
  'member',
  'value',
])

/** The texts of all simple values, in order. */
function readValues(reader: XmlReader, values: string[]): void {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (CONTAINERS.has(name)) readValues(reader, values)
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
