/** Where a controller is: a URL that may carry a secret only over TLS, or within this machine. */
import { InvalidInput } from '../model/errors.ts'

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/

/**
 * `https://HOST[:PORT]`, or `http://` to this machine itself. InvalidInput `server-url`: not one of these; `server-insecure`: plain
 * HTTP to another machine, where everybody on the way could read the token.
 */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  )
    throw new InvalidInput(
      'server-url',
      `'${text}' is no server's address; it must be https://HOST or https://HOST:PORT`,
      { server: text },
    )
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw new InvalidInput(
      'server-insecure',
      `${text} would send the token in clear text to another machine; use https://${url.host}`,
      { server: text },
    )
  return url
}
