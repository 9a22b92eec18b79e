/** libvirt's node devices of a simulated host, read from its tree by links alone: what `virsh nodedev-list` and `nodedev-dumpxml` print. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

const DEVICES = 'bus/pci/devices'

const nameOf = (address: string) => `pci_${address.replace(/[:.]/g, '_')}`

export function nodeDeviceNames(sys: string): readonly string[] {
  return readdirSync(join(sys, DEVICES)).map(nameOf)
}

/** The document of one; null = there is no such device. */
export function nodeDeviceXml(sys: string, name: string): string | null {
  const address = readdirSync(join(sys, DEVICES)).find((one) => nameOf(one) === name)
  if (address === undefined) return null
  const at = (file: string) => join(sys, DEVICES, address, file)
  const link = (file: string) => (existsSync(at(file)) ? basename(readlinkSync(at(file))) : null)
  const [driver, group, pf] = [link('driver'), link('iommu_group'), link('physfn')]
  const [domain, bus, slot, fn] = address.split(/[:.]/).map((part) => parseInt(part, 16))
  const members = group === null ? [] : readdirSync(join(sys, 'kernel/iommu_groups', group, 'devices'))
  return `<device>
  <name>${name}</name>
${driver === null ? '' : `  <driver>\n    <name>${driver}</name>\n  </driver>\n`}  <capability type='pci'>
    <class>${readFileSync(at('class'), 'utf8').trim()}</class>
    <domain>${domain}</domain>
    <bus>${bus}</bus>
    <slot>${slot}</slot>
    <function>${fn}</function>
    <product id='0x20b0'>a &lt;device&gt; &amp; more</product>
${pf === null ? '' : `    <capability type='phys_function'>${addressXml(pf)}</capability>\n`}${
  group === null ? '' : `    <iommuGroup number='${group}'>${members.map(addressXml).join('')}</iommuGroup>\n`
}  </capability>
</device>
`
}

function addressXml(address: string): string {
  const [domain, bus, slot, fn] = address.split(/[:.]/)
  return `<address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`
}
