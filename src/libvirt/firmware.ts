/**
 * From QEMU's firmware descriptors to the image that a UEFI guest starts from. Pure; the format and the order of preference:
 * docs/interop/firmware.json of QEMU.
 */

/** A file that is mapped into the guest's flash; formats as QEMU's block drivers are called. */
export interface FlashFile {
  /** Absolute, as libvirt on that host sees it. */
  readonly path: string
  readonly format: 'raw' | 'qcow2'
}

/** UEFI firmware with a store for its variables (NVRAM) apart from its code. */
export interface Firmware {
  /** The file that describes it. */
  readonly descriptor: string
  readonly code: FlashFile
  /** What a VM's own store is first copied from. */
  readonly variables: FlashFile
  readonly targets: readonly FirmwareTarget[]
  readonly features: ReadonlySet<string>
}

export interface FirmwareTarget {
  /** As `uname -m` says it: `x86_64`, `aarch64`. */
  readonly architecture: string
  /** Machine types without aliases, with `*` and `?`. */
  readonly machines: readonly string[]
}

export interface FirmwareWish {
  readonly architecture: string
  /** An alias such as `q35` or a versioned type. */
  readonly machine: string
  /** True = only what is signed starts: Secure Boot with keys enrolled. */
  readonly secureBoot: boolean
}

/** Not a descriptor, or one that QEMU's format does not allow; the message says what is wrong. */
export class DescriptorError extends Error {}

/** Null = firmware of another kind (BIOS, loaded as a kernel, without a store of its own). DescriptorError for what cannot be read. */
export function parseDescriptor(path: string, text: string): Firmware | null {
  const document = record(parsed(text), 'the document')
  const mapping = record(document.mapping, 'mapping')
  const interfaces = strings(document['interface-types'], 'interface-types')
  // Older than `mode`, "split" is what flash meant.
  const split = mapping.device === 'flash' && (mapping.mode ?? 'split') === 'split'
  if (!interfaces.includes('uefi') || !split) return null
  const code = flashFile(mapping.executable, 'mapping.executable')
  const variables = flashFile(mapping['nvram-template'], 'mapping.nvram-template')
  if (code === null || variables === null) return null
  return {
    descriptor: path,
    code,
    variables,
    targets: list(document.targets, 'targets').map(targetOf),
    features: new Set(strings(document.features, 'features')),
  }
}

/**
 * The first that fits, `firmwares` in their order of preference; null = none does. Without Secure Boot, firmware that needs the
 * machine's system management mode or has keys enrolled does not fit: an unsigned loader is to start.
 */
export function chooseFirmware(firmwares: readonly Firmware[], wish: FirmwareWish): Firmware | null {
  return firmwares.find((one) => runsOn(one, wish) && isSecure(one) === wish.secureBoot) ?? null
}

/** Whether it must be started with system management mode, and its variables written from there only. */
export function needsSmm({ features }: Firmware): boolean {
  return features.has('requires-smm')
}

/** Null = something in between: it knows Secure Boot, and lets everything start. */
function isSecure({ features }: Firmware): boolean | null {
  const marks = ['secure-boot', 'enrolled-keys', 'requires-smm'].filter((mark) => features.has(mark))
  if (marks.length === 0) return false
  return features.has('secure-boot') && features.has('enrolled-keys') ? true : null
}

/** Descriptors name no aliases, templates mostly do: an alias is the newest of its family. */
const FAMILIES: Readonly<Record<string, string>> = { q35: 'pc-q35-', pc: 'pc-i440fx-', virt: 'virt-' }

function runsOn({ targets }: Firmware, { architecture, machine }: FirmwareWish): boolean {
  const family = FAMILIES[machine]
  const fits = (pattern: string) =>
    matches(pattern, machine) ||
    (family !== undefined && (pattern.startsWith(family) || matches(pattern, `${family}0`)))
  return targets.some((target) => target.architecture === architecture && target.machines.some(fits))
}

function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`).test(name)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DescriptorError(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** Null = a format that libvirt maps into no flash. */
function flashFile(value: unknown, what: string): FlashFile | null {
  const { filename, format } = record(value, what)
  if (typeof filename !== 'string' || !filename.startsWith('/'))
    throw new DescriptorError(`${what}.filename is not an absolute path`)
  return format === 'raw' || format === 'qcow2' ? { path: filename, format } : null
}

function targetOf(value: unknown): FirmwareTarget {
  const { architecture, machines } = record(value, 'targets[]')
  if (typeof architecture !== 'string') throw new DescriptorError('targets[].architecture is missing')
  return { architecture, machines: strings(machines, 'targets[].machines') }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new DescriptorError(`${what} is not an object`)
}

function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new DescriptorError(`${what} is not a list`)
}

function strings(value: unknown, what: string): readonly string[] {
  return list(value, what).map((one) => {
    if (typeof one === 'string') return one
    throw new DescriptorError(`${what} has something other than strings`)
  })
}
