/** The end of an application that listens: nobody else is let in, streams and waits end, what is being answered is answered. */
import type { FastifyInstance } from 'fastify'

/** Resolves when the last connection is closed: `limitMs` from now at the latest, whoever has not been answered by then. */
export async function closeGently(app: FastifyInstance, limitMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), limitMs)
  try {
    await app.close()
  } finally {
    clearTimeout(timer)
  }
}
