/** What a schema cannot check of a cluster file: values that are parsed, and things given twice. InvalidInput `cluster-file-invalid`. */
import { type Address, parseAddress } from '../model/address.ts'
import { InvalidInput } from '../model/errors.ts'
import { type HexId, parseHexId } from '../model/ids.ts'

export function addressAt(text: string, pointer: string): Address {
  const address = parseAddress(text)
  if (address === null) throw invalid(pointer, `${JSON.stringify(text)} is not a PCI address`)
  return address
}

export function idAt(text: string, pointer: string): HexId {
  const id = parseHexId(text)
  if (id === null) throw invalid(pointer, `${JSON.stringify(text)} is not a hexadecimal number up to ffff`)
  return id
}

export function refuseTwice<T>(
  list: readonly T[],
  keyOf: (item: T) => string | number,
  pointer: string,
  key: string,
): void {
  const first = new Map<string | number, number>()
  for (const [index, item] of list.entries()) {
    const before = first.get(keyOf(item))
    if (before !== undefined)
      throw invalid(
        `${pointer}/${index}/${key}`,
        `${keyOf(item)} stands at ${pointer}/${before}/${key} already`,
      )
    first.set(keyOf(item), index)
  }
}

export function invalid(pointer: string, message: string): InvalidInput {
  const place = pointer === '' ? 'the document' : pointer
  return new InvalidInput('cluster-file-invalid', `${place}: ${message}`, { pointer })
}
