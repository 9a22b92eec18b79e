/** Standard output and standard error of a probe's program. */
import { writeSync } from 'node:fs'
import { systemErrorCode } from './read.ts'

/**
 * Writes to a file descriptor, synchronously, so that nothing is lost at exit; a reader that has gone away (`| head`)
 * ends the program quietly, a full disk with status 1 and a message that begins with the program's `name`.
 */
export function writer(name: string, descriptor: number): (text: string) => void {
  return (text) => {
    let rest = Buffer.from(text)
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest))
      } catch (error) {
        const code = systemErrorCode(error)
        if (code === 'EPIPE') process.exit(0)
        if (code !== 'EAGAIN') return fail(name, descriptor, error)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
  }
}

/** The disk is full, or there is no such descriptor. */
function fail(name: string, descriptor: number, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  if (descriptor !== 2) writer(name, 2)(`${name}: the output cannot be written: ${reason}\n`)
  process.exit(1)
}
