/** Ports for a tree of commands that is only described: whatever a command would do is refused. */
import type { CliPorts } from '../ports.ts'

function refused(): never {
  throw new Error('a command that is described is not run')
}

export function describingPorts(version: string): CliPorts {
  return {
    version,
    request: refused,
    probe: refused,
    plan: refused,
    opennebula: refused,
    doctor: refused,
    prepare: refused,
    database: { migrate: refused, check: refused, backup: refused, copy: refused },
    serve: refused,
    demo: refused,
    agent: { join: refused, run: refused, status: refused },
    schemaNames: refused,
    schema: refused,
    readFile: refused,
    stdout: () => {},
    stderr: () => {},
    isTty: false,
    columns: 80,
    stderrIsTty: false,
    now: refused,
    awaitInterrupt: refused,
    pause: refused,
    contexts: {
      read: refused,
      write: refused,
      chosen: refused,
      certificate: refused,
      knock: refused,
      ask: refused,
      secret: refused,
      readToken: refused,
    },
    close: refused,
  }
}
