/** Where the controller listens: `ADDRESS:PORT`, this machine only unless told otherwise. Pure. */
import { isIPv4, isIPv6 } from 'node:net'
import { InvalidInput } from '../model/errors.ts'

export interface ListenAddress {
  /** An IP address. */
  readonly host: string
  /** 0 = any that is free. */
  readonly port: number
  /** Nobody but this machine reaches it. */
  readonly loopback: boolean
}

export const DEFAULT_LISTEN = '127.0.0.1:2634'

/** Null = `none`: it does not listen. InvalidInput `listen-address`. */
export function parseListen(text: string): ListenAddress | null {
  if (text === 'none') return null
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  const known = match?.[1] === undefined ? isIPv4(host) || host === 'localhost' : isIPv6(host)
  if (!known || port > 65535)
    throw new InvalidInput(
      'listen-address',
      `'${text}' is nowhere to listen (--listen, BERTH_LISTEN): it must be ADDRESS:PORT, such as ${DEFAULT_LISTEN} or [::]:2634, or none`,
      { listen: text },
    )
  if (host === 'localhost') return { host: '127.0.0.1', port, loopback: true }
  return { host, port, loopback: host === '::1' || host.startsWith('127.') }
}

/** As it stands in URLs. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
