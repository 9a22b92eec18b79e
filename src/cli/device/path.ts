/** How commands name one device: its host and its address. */
import { InvalidArgumentError } from 'commander'
import { parseAddress } from '../../model/address.ts'
import { apiPath } from '../api-client.ts'

export function addressArgument(text: string): string {
  const address = parseAddress(text)
  if (address === null) throw new InvalidArgumentError('It must be a PCI address: 0000:3b:00.0, or 3b:00.0.')
  return address
}

/** Host and address are two segments. */
export function devicePath(host: string, address: string): string {
  return apiPath('hosts', host, 'devices', address)
}
