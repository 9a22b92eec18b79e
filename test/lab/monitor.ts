/** The lab host's hardware from outside: QEMU's monitor plugs cards, pulls them, and resets the machine. */
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'

/** Gives what the monitor answered to one command line, such as `device_add e1000e,bus=port11,id=hot1`. */
export async function monitor(socket: string, command: string): Promise<string> {
  const connection = createConnection(socket)
  // The monitor ends the connection itself only when the machine ends; the line after the command's answer tells us that it is done.
  connection.write(`${command}\nprint 4711\n`)
  connection.setTimeout(20_000, () =>
    connection.destroy(new Error(`the monitor does not answer '${command}'`)),
  )
  let answer = ''
  connection.on('data', (data: Buffer) => {
    answer += data.toString('latin1')
    if (/^4711\r?$/m.test(answer)) connection.end()
  })
  await text(connection)
  return answer
}
