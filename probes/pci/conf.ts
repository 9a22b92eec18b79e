/** OpenNebula's `pci.conf`: YAML with a colon before each key, read as its own probe reads it. Pure. */
import { parse } from 'yaml'
import { InvalidInput } from '../../src/model/errors.ts'
import { parseHexId } from '../../src/model/ids.ts'

export interface PciConf {
  /** The texts of `:filter:`; null = all devices. Without the key none: the list is empty. Not yet checked. */
  readonly filters: readonly string[] | null
  readonly shortAddresses: readonly string[]
  readonly deviceNames: readonly string[]
  /** Canonical ids. */
  readonly nvidiaVendors: readonly string[]
  /** Keys that would mean something with a colon before them. */
  readonly strayKeys: readonly string[]
}

const NVIDIA = ['10de']
const KEYS: ReadonlySet<string> = new Set(['filter', 'short_address', 'device_name', 'nvidia_vendors'])

/** InvalidInput `wrong-config` where `text` is no YAML mapping or a key's value is of another kind; `file` names it. */
export function parsePciConf(text: string, file: string): PciConf {
  const content = parseYaml(text, file)
  const list = (key: string) => textList(file, key, content[key])
  const filter = content[':filter']
  return {
    filters: filter === null ? null : textList(file, ':filter', filter),
    shortAddresses: list(':short_address'),
    deviceNames: list(':device_name'),
    nvidiaVendors:
      ':nvidia_vendors' in content
        ? list(':nvidia_vendors').map((id) => parseHexId(id) ?? id.toLowerCase())
        : NVIDIA,
    strayKeys: Object.keys(content).filter((key) => KEYS.has(key)),
  }
}

function parseYaml(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    // Ids stay text: 0010 and 1e10 are no numbers here. Of equal keys the last counts, as in Ruby.
    const content: unknown = parse(text, {
      schema: 'failsafe',
      customTags: ['null'],
      uniqueKeys: false,
      logLevel: 'error',
    })
    if (content === null) return {}
    if (typeof content === 'object' && !Array.isArray(content)) return { ...content }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new InvalidInput('wrong-config', `${file} is no YAML: ${reason}`, { file }, error)
  }
  throw new InvalidInput('wrong-config', `${file} is no mapping of keys such as :filter:`, { file })
}

/** One text or a list of them; nothing = an empty list. */
function textList(file: string, key: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => {
    if (typeof item === 'string') return item
    throw new InvalidInput('wrong-config', `${file}: ${key}: takes a text or a list of texts`, { file, key })
  })
}
