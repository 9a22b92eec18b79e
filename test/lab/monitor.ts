/** The lab host's hardware from outside: QEMU's monitor (QMP) plugs cards, pulls them, and resets the machine. */
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const TIMEOUT_MS = 60_000
const ID = 'the command'

/** Gives what the monitor answered to one line for people, such as `device_add e1000e,bus=port11,id=card`: nothing, or an error's text. */
export async function monitor(socket: string, command: string): Promise<string> {
  const connection = createConnection(socket)
  const failed = new Promise<never>((_, reject) => connection.once('error', reject))
  connection.setTimeout(TIMEOUT_MS, () =>
    connection.destroy(new Error(`the monitor does not answer '${command}'`)),
  )
  const say = (message: object) => connection.write(`${JSON.stringify(message)}\n`)
  say({ execute: 'qmp_capabilities' })
  say({ execute: 'human-monitor-command', arguments: { 'command-line': command }, id: ID })
  try {
    return await Promise.race([answer(connection), failed])
  } finally {
    connection.destroy()
  }
}

async function answer(connection: Socket): Promise<string> {
  for await (const line of createInterface({ input: connection })) {
    const message: { id?: string; return?: unknown; error?: { desc: string } } = JSON.parse(line)
    if (message.id !== ID) continue
    if (message.error) throw new Error(message.error.desc)
    return String(message.return)
  }
  throw new Error('the monitor is gone')
}
