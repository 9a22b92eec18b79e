/** Standard input of a placer: base64 of UTF-8 text, decoded as it comes in. The bare XML is taken, too. */
import { InvalidInput } from '../model/errors.ts'

/** Text that Node can hold in one string, with room to spare; 2,500 hosts and 1,000 VMs are 60 to 90 MB. */
const MOST_BYTES = 384 * 1024 * 1024

const LESS_THAN = 0x3c

/** InvalidInput `opennebula-input`: nothing there, cut off, too much, or no base64. */
export async function readInput(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  let rest = ''
  let isBare: boolean | null = null
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    isBare ??= startsBare(bytes)
    const text = isBare === true ? '' : rest + withoutBlanks(bytes.toString('latin1'))
    const whole = text.length - (text.length % 4)
    const part = isBare === true ? bytes : Buffer.from(text.slice(0, whole), 'base64')
    rest = text.slice(whole)
    size += part.length
    if (size > MOST_BYTES) throw refused(`it is larger than ${MOST_BYTES / 2 ** 20} MiB`)
    parts.push(part)
  }
  if (size === 0 && rest === '') throw refused('it is empty')
  if (rest !== '') throw refused('it is base64 that was cut off')
  return Buffer.concat(parts, size).toString('utf8')
}

/** Null = blanks alone so far. */
function startsBare(bytes: Buffer): boolean | null {
  const first = bytes.find((byte) => byte > 0x20)
  return first === undefined ? null : first === LESS_THAN
}

function withoutBlanks(text: string): string {
  const base64 = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/=]*$/.test(base64)) throw refused('it is neither base64 nor XML')
  return base64
}

function refused(why: string): InvalidInput {
  return new InvalidInput(
    'opennebula-input',
    `standard input is not what OpenNebula's scheduler driver sends: ${why}`,
  )
}
