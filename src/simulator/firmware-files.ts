/** A simulated host's UEFI firmware: a descriptor as a distribution ships it, and what stands where its images would be. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { firstChild, parseXml, textOf } from '../libvirt/xml.ts'
import { SIMULATED_MARK } from './machine.ts'
import { refused } from './refused.ts'

const FOLDER = '/usr/share/simulated-firmware'
const [CODE, VARIABLES] = [`${FOLDER}/CODE.fd`, `${FOLDER}/VARS.fd`]
export const SIMULATED_DESCRIPTOR = 'usr/share/qemu/firmware/60-simulated-x86_64.json'

/** Path below the host's folder -> text. */
export function firmwareFiles(): ReadonlyMap<string, string> {
  const descriptor = {
    description: `${SIMULATED_MARK}: UEFI firmware for x86_64, without Secure Boot`,
    'interface-types': ['uefi'],
    mapping: {
      device: 'flash',
      executable: { filename: CODE, format: 'raw' },
      'nvram-template': { filename: VARIABLES, format: 'raw' },
    },
    targets: [{ architecture: 'x86_64', machines: ['pc-i440fx-*', 'pc-q35-*'] }],
    features: ['acpi-s3', 'verbose-dynamic'],
    tags: [],
  }
  return new Map([
    [SIMULATED_DESCRIPTOR, `${JSON.stringify(descriptor, null, 1)}\n`],
    [CODE.slice(1), `${SIMULATED_MARK}\n`],
    [VARIABLES.slice(1), `${SIMULATED_MARK}: variables\n`],
  ])
}

/**
 * As libvirt before it starts a domain (qemuPrepareNVRAM): a store that is not there yet is copied from its template, one that
 * is there is left alone. Refuses, in libvirt's words, where an image is missing.
 */
export function prepareNvram(dir: string, xml: string): void {
  const os = firstChild(parseXml(xml), 'os')
  const loader = textOf(firstChild(os, 'loader'))
  const nvram = firstChild(os, 'nvram')
  if (loader !== '' && !existsSync(join(dir, loader)))
    throw refused(
      'create',
      `internal error: process exited while connecting to monitor: Could not open '${loader}'`,
    )
  const path = textOf(nvram)
  if (path === '' || existsSync(join(dir, path))) return
  const template = nvram?.attributes.template ?? ''
  if (template === '' || !existsSync(join(dir, template)))
    throw refused('create', `Failed to open file '${template}': No such file or directory`)
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), readFileSync(join(dir, template)))
}
