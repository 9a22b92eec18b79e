/** Whether an address can be listened on: asked where much is done before somebody listens. */
import { createServer } from 'node:net'
import { CommandFailed } from '../model/errors.ts'
import type { ListenAddress } from './address.ts'

type Place = Pick<ListenAddress, 'host' | 'port'>

export function cannotListen({ host, port }: Place, error: unknown): CommandFailed {
  const why = error instanceof Error ? error.message : String(error)
  return new CommandFailed('cannot-listen', `${host} port ${port}: ${why}`, { host, port }, error)
}

/** CommandFailed `cannot-listen`. */
export async function requireFree({ host, port }: Place): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port }, resolve)
    })
  } catch (error) {
    throw cannotListen({ host, port }, error)
  }
  await new Promise((resolve) => server.close(resolve))
}
