/** A network between an agent and its controller that can be cut, healed and slowed down: bytes are passed on, or are not. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Network {
  readonly port: number
  /** Nothing passes any more, in neither direction, and nobody is told: as when a cable is pulled. */
  cut(): void
  /** Connections of before are dead; new ones pass. */
  heal(): void
  /** Each piece takes so long. */
  slow(ms: number): void
  close(): void
}

export async function createNetwork(target: number): Promise<Network> {
  const sockets = new Set<Socket>()
  let cut = false
  let delayMs = 0
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (piece) => {
      if (cut) return
      if (delayMs === 0) to.write(piece)
      else setTimeout(() => !cut && to.writable && to.write(piece), delayMs)
    })
    from.once('close', () => {
      sockets.delete(from)
      if (!cut) to.destroy()
    })
    from.on('error', () => {})
  }
  const server = createServer((incoming) => {
    if (cut) {
      sockets.add(incoming)
      incoming.on('error', () => {})
      return
    }
    const outgoing = connect(target, '127.0.0.1')
    pass(incoming, outgoing)
    pass(outgoing, incoming)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      cut = true
    },
    heal: () => {
      cut = false
      drop()
    },
    slow: (ms) => {
      delayMs = ms
    },
    close: () => {
      server.close()
      drop()
    },
  }
}
