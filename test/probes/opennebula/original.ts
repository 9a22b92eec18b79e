/** A model of OpenNebula's own PCI probe (7.4), written from what is known of it: lspci's lines, a few files of sysfs, no escaping. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface OriginalConf {
  /** null = all; a text or a list, commas allowed. */
  readonly filter: string | readonly string[] | null
  readonly shortAddress?: readonly string[]
  readonly deviceName?: readonly string[]
  readonly nvidiaVendors?: readonly string[]
}

interface Card {
  readonly short: string
  readonly class: readonly [name: string, id: string]
  readonly vendor: readonly [name: string, id: string]
  readonly device: readonly [name: string, id: string]
}

/** The blocks that it prints, duplicates and all; a filter that lspci refuses gives none. */
export function originalBlocks(sysfs: string, conf: OriginalConf): readonly string[] {
  const nvidia = conf.nvidiaVendors ?? ['10de']
  return filters(conf.filter)
    .flatMap((filter) => lspci(sysfs, filter))
    .filter(({ short }) => !conf.shortAddress?.length || conf.shortAddress.includes(short))
    .filter(
      ({ device }) =>
        !conf.deviceName?.length || conf.deviceName.some((text) => new RegExp(text, 'i').test(device[0])),
    )
    .flatMap((card) => block(sysfs, card, nvidia) ?? [])
}

function filters(filter: OriginalConf['filter']): readonly (string | null)[] {
  return filter === null ? [null] : [filter].flat().flatMap((text) => (text === '' ? [] : text.split(',')))
}

function lspci(sysfs: string, filter: string | null): readonly Card[] {
  const where = ['-mmnn', '-O', `sysfs.path=${join(sysfs, 'bus/pci')}`]
  const { stdout } = spawnSync('lspci', filter === null ? where : [...where, '-d', filter.trim()], {
    encoding: 'utf8',
  })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map(
        ([word, quoted]) => quoted?.replace(/\\(.)/g, '$1') ?? word,
      )
      const [short = '', classText = '', vendor = '', device = ''] = words
      return { short, class: named(classText), vendor: named(vendor), device: named(device) }
    })
}

function named(text: string): readonly [string, string] {
  const [, name, id] = /^(.*) \[(....)\]$/.exec(text) ?? []
  if (name === undefined || id === undefined) throw new Error(`lspci wrote ${text}`)
  return [name, id]
}

function block(sysfs: string, card: Card, nvidia: readonly string[]): string | null {
  const domain = card.short.length > 7 ? card.short.slice(0, -8) : '0000'
  const [bus = '', slot = '', fn = ''] = card.short.slice(-7).split(/[:.]/)
  const folder = join(sysfs, 'bus/pci/devices', `${domain}:${bus}:${slot}.${fn}`)
  const number = (file: string) => Number(content(join(folder, file)) ?? 0)
  const isNvidia = nvidia.includes(card.vendor[1])
  if (number('sriov_numvfs') > 0) return null
  if (isNvidia && readdirSync(folder).some((entry) => entry.startsWith('virtfn'))) return null
  const kind = existsSync(join(folder, 'physfn')) ? 'vf' : number('sriov_totalvfs') > 0 ? 'pf' : 'no'
  const node = content(join(folder, 'numa_node'))
  const interfaces = existsSync(join(folder, 'net')) ? readdirSync(join(folder, 'net')).sort() : []
  const pairs = [
    ['TYPE', [card.vendor, card.device, card.class].map(([, id]) => id).join(':')],
    ['VENDOR', card.vendor[1]],
    ['VENDOR_NAME', card.vendor[0]],
    ['DEVICE', card.device[1]],
    ['CLASS', card.class[1]],
    ['CLASS_NAME', card.class[0]],
    ['ADDRESS', `${domain}:${bus}:${slot}:${fn}`],
    ['SHORT_ADDRESS', card.short],
    ['DOMAIN', domain],
    ['BUS', bus],
    ['SLOT', slot],
    ['FUNCTION', fn],
    ['NUMA_NODE', node === null || Number(node) < 0 ? '-' : node],
    ['IFNAME', interfaces[0] ?? '-'],
    ['SRIOV', kind],
    ...(kind === 'pf' ? [['SRIOV_NUM', String(number('sriov_numvfs'))]] : []),
    ['DEVICE_NAME', isNvidia ? `${card.vendor[0]} ${card.device[0]}` : card.device[0]],
    ...(isNvidia && kind === 'vf' ? virtualGpu(sysfs, folder, `${domain}:${bus}:${slot}:${fn}`) : []),
  ]
  return `PCI = [\n${pairs.map(([key, value]) => ` ${key} = "${value}" `).join(',\n')}\n]\n`
}

function virtualGpu(sysfs: string, folder: string, address: string): readonly (readonly [string, string])[] {
  const mediated = join(sysfs, 'class/mdev_bus', folder.slice(folder.lastIndexOf('/') + 1))
  const legacy = existsSync(mediated)
  const types = legacy ? readdirSync(join(mediated, 'mdev_supported_types')).sort() : []
  const creatable = (content(join(folder, 'nvidia/creatable_vgpu_types')) ?? '')
    .split('\n')
    .map((line) => line.split(':').map((part) => part.trim()))
    .flatMap(([id = '', name = '']) => (id === '' || id === 'ID' || name === '' ? [] : [`${id} (${name})`]))
  // uuidgen --sha1 --namespace @x500, as Python has it.
  const script = 'import sys, uuid; print(uuid.uuid5(uuid.NAMESPACE_X500, sys.argv[1]))'
  const uuid = spawnSync('python3', ['-c', script, address], { encoding: 'utf8' })
  return [
    ['UUID', uuid.stdout.trim()],
    ['PROFILES', (types.length > 0 ? types : creatable).join(',')],
    ['MDEV_MODE', legacy ? 'legacy' : 'nvidia'],
  ]
}

function content(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}
