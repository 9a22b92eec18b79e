/** The bundled probe: `node probe.mjs pci ...` on any host with Node, nothing installed. */
import { writeSync } from 'node:fs'
import { runProbe } from './command.ts'
import { systemErrorCode } from './read.ts'

/** Synchronous, so that nothing is lost at exit; a reader that has gone away (`| head`) ends the program quietly. */
function writer(descriptor: number): (text: string) => void {
  return (text) => {
    let rest = Buffer.from(text)
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest))
      } catch (error) {
        const code = systemErrorCode(error)
        if (code === 'EPIPE') process.exit(0)
        if (code !== 'EAGAIN') return fail(descriptor, error)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
  }
}

/** The disk is full, or there is no such descriptor. */
function fail(descriptor: number, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  if (descriptor !== 2) writer(2)(`berth probe: the output cannot be written: ${reason}\n`)
  process.exit(1)
}

runProbe(process.argv.slice(2), { stdout: writer(1), stderr: writer(2) }).then((status) => {
  process.exitCode = status
})
