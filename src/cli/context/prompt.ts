/** Asks the person at the terminal; what is secret is not shown while it is typed. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Null = standard input or standard error is no terminal. Interrupted, it rejects. */
export async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  return answer(question, process.stderr)
}

/** What comes on standard input; on a terminal, a line that nobody sees. */
export async function secret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const typed = await answer(question, nowhere)
  process.stderr.write('\n')
  return typed
}

/** From the moment that the question is seen, only `output` shows what is typed. */
async function answer(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const interrupted = new AbortController()
  lines.once('SIGINT', () => interrupted.abort())
  if (output !== process.stderr) process.stderr.write(question)
  try {
    return await lines.question(question, { signal: interrupted.signal })
  } finally {
    lines.close()
  }
}
