/** The rest of a request that was refused before it was read. */
import type { IncomingMessage } from 'node:http'

const MOMENT_MS = 1000

/**
 * Reads it and throws it away for a moment, so that who still sends gets to see the answer (a connection that is closed over unread
 * data is reset, and the answer lost); then the connection ends. Nothing of it is kept.
 */
export function endUnread(request: IncomingMessage): void {
  if (request.complete) return
  const { socket } = request
  const timer = setTimeout(() => {
    if (!request.complete) socket.destroy()
  }, MOMENT_MS)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
  request.resume()
}
