/** OS = [ FIRMWARE, FIRMWARE_SECURE ]: which firmware a VM starts from, and what of it Berth cannot give. */
import { InvalidInput } from '../model/errors.ts'
import type { GuestFirmware } from '../model/vm.ts'
import type { TemplateTree } from './tree.ts'
import { keyOf, singleOf, vectorsOf } from './values.ts'

/** What is not understood is BIOS, as it was before Berth read it: see `requireFirmware`. */
export function readFirmware(tree: TemplateTree): GuestFirmware {
  const { kind, secure } = wordsOf(tree)
  if (kind !== 'UEFI') return 'bios'
  return secure === 'YES' ? 'uefi-secure' : 'uefi'
}

/**
 * InvalidInput `firmware-not-supported`: a value that is neither BIOS nor UEFI; Secure Boot without UEFI, or on a machine that
 * cannot keep a guest from its variables.
 */
export function requireFirmware(tree: TemplateTree, machine: string): void {
  requireOnePlace(tree)
  const { given, kind, secure } = wordsOf(tree)
  if (kind !== 'BIOS' && kind !== 'UEFI') throw refused('FIRMWARE', given, valueWords(given))
  if (secure !== 'YES' && secure !== 'NO') throw refused('FIRMWARE_SECURE', secure, 'expected "YES" or "NO"')
  if (secure === 'NO') return
  if (kind === 'BIOS')
    throw refused('FIRMWARE_SECURE', secure, 'a BIOS has no Secure Boot: add FIRMWARE = "UEFI"')
  if (/^pc(?:-i440fx|$)/.test(machine))
    throw refused('FIRMWARE_SECURE', secure, `the machine ${machine} has no Secure Boot: use MACHINE = "q35"`)
}

/** Elsewhere it would be passed over, and the VM would start from another firmware than was meant. */
function requireOnePlace(tree: TemplateTree): void {
  const outside = ['FIRMWARE', 'FIRMWARE_SECURE'].find((name) => singleOf(tree, name) !== null)
  if (outside !== undefined)
    throw new InvalidInput(
      'firmware-not-supported',
      `${outside} stands outside of OS: write OS = [ ${outside} = ... ]`,
      {
        attribute: outside,
      },
    )
  const said = vectorsOf(tree, 'OS').filter((os) => keyOf(os, 'FIRMWARE') ?? keyOf(os, 'FIRMWARE_SECURE'))
  if (said.length > 0 && vectorsOf(tree, 'OS').length > 1)
    throw new InvalidInput(
      'firmware-not-supported',
      'FIRMWARE stands in one of several OS blocks: write one OS block',
      {
        attribute: 'OS',
      },
    )
}

/** Upper case, as compared. */
function wordsOf(tree: TemplateTree): { given: string; kind: string; secure: string } {
  const [os] = vectorsOf(tree, 'OS')
  const given = keyOf(os, 'FIRMWARE') ?? 'BIOS'
  return { given, kind: given.toUpperCase(), secure: (keyOf(os, 'FIRMWARE_SECURE') ?? 'NO').toUpperCase() }
}

/** OpenNebula's path of an image is one host's; the descriptors say of each host where its own is. */
function valueWords(given: string): string {
  const words = 'expected "UEFI" or "BIOS"'
  return given.startsWith('/')
    ? `${words}: with UEFI each host takes the image that its QEMU firmware descriptors name, so that no path is needed`
    : words
}

function refused(name: string, value: string, why: string): InvalidInput {
  return new InvalidInput('firmware-not-supported', `OS: ${name} = ${JSON.stringify(value)}: ${why}`, {
    attribute: `OS: ${name}`,
    value,
  })
}
