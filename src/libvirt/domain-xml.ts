/** The domain that a deploy order describes, as the XML that `virsh create` takes. Pure; the format: libvirt.org/formatdomain.html. */
import { createHash } from 'node:crypto'
import { InvalidInput } from '../model/errors.ts'
import type { DeployOrder, PromisedDevice, PromisedUsbDevice } from '../model/order.ts'
import type { DomainMark } from '../model/usage.ts'
import type { VmDefinition } from '../model/vm.ts'
import { consoleXml, diskXml, graphicsXml, nicXml } from './device-xml.ts'
import { BERTH_NAMESPACE } from './domain-facts.ts'
import { hostdevXml, pciControllers } from './hostdev-xml.ts'
import { mergeRaw } from './raw-xml.ts'
import { usbControllers, usbHostdevXml } from './usb-xml.ts'
import { type Element, element, printXml, textElement, XmlError } from './xml.ts'

/** A VM's domain on its host; one name per VM, so that it cannot run twice there. */
export function domainName(vm: number): string {
  return `berth-${vm}`
}

/**
 * The same for each start of a VM, so that the guest sees the same machine; RFC 9562, version 8: bits of a hash over
 * the database's and the VM's id.
 */
export function domainUuid(mark: Pick<DomainMark, 'cluster' | 'vm'>): string {
  const bits = createHash('sha256')
    .update(JSON.stringify([mark.cluster, mark.vm]))
    .digest('hex')
  const variant = ((parseInt(bits.charAt(16), 16) & 3) | 8).toString(16)
  return [
    bits.slice(0, 8),
    bits.slice(8, 12),
    `8${bits.slice(13, 16)}`,
    `${variant}${bits.slice(17, 20)}`,
    bits.slice(20, 32),
  ].join('-')
}

/**
 * The domain's XML, indented. Passed devices become hostdevs, held mates do not appear; USB devices go by the numbers in the
 * order, which are those of this moment. Every value is data:
 * InvalidInput `not-xml` for one with a character that XML cannot carry, and the codes of device-xml.ts, hostdev-xml.ts
 * and raw-xml.ts.
 */
export function domainXml(order: DeployOrder): string {
  const { raw } = order.definition
  try {
    const domain = domainElement(order)
    return printXml(raw === null || raw.trim() === '' ? domain : mergeRaw(domain, raw))
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw new InvalidInput(
      'not-xml',
      `the VM's template cannot be written as XML: ${error.message}; correct the value`,
      { vm: order.vm },
      error,
    )
  }
}

function domainElement(order: DeployOrder): Element {
  const { definition, vm } = order
  const x86 = /q35|^pc/.test(definition.machine)
  return element(
    'domain',
    { type: order.hypervisor },
    textElement('name', domainName(vm)),
    textElement('uuid', domainUuid(order)),
    definition.name === '' ? null : textElement('title', definition.name),
    element('metadata', {}, markElement(order)),
    element('memory', { unit: 'MiB' }, String(definition.memoryMiB)),
    textElement('vcpu', definition.vcpu),
    osElement(definition),
    x86 ? element('features', {}, element('acpi', {}), element('apic', {})) : null,
    cpuElement(definition.cpuModel),
    element('clock', { offset: 'utc' }),
    textElement('on_poweroff', 'destroy'),
    textElement('on_reboot', 'restart'),
    textElement('on_crash', 'destroy'),
    devicesElement(
      definition,
      order.devices.filter((device) => device.role === 'passed'),
      order.usb ?? [],
    ),
  )
}

function markElement(mark: DomainMark): Element {
  return element('berth:vm', {
    'xmlns:berth': BERTH_NAMESPACE,
    cluster: mark.cluster,
    id: mark.vm,
    epoch: mark.epoch,
  })
}

/** The architecture is left out: libvirt then takes the host's. */
function osElement(definition: VmDefinition): Element {
  const hasDisk = definition.disks.some((disk) => !disk.cdrom)
  const hasCdrom = definition.disks.some((disk) => disk.cdrom)
  return element(
    'os',
    {},
    element('type', { machine: definition.machine }, 'hvm'),
    hasDisk ? element('boot', { dev: 'hd' }) : null,
    hasCdrom ? element('boot', { dev: 'cdrom' }) : null,
  )
}

function cpuElement(model: string | null): Element | null {
  if (model === null) return null
  if (model === 'host-passthrough' || model === 'host-model') return element('cpu', { mode: model })
  return element('cpu', { mode: 'custom', match: 'exact' }, element('model', { fallback: 'forbid' }, model))
}

function devicesElement(
  definition: VmDefinition,
  passed: readonly PromisedDevice[],
  usb: readonly PromisedUsbDevice[],
): Element {
  const { machine, disks, nics } = definition
  const virtioDisks = disks.filter((disk) => disk.target.startsWith('vd')).length
  return element(
    'devices',
    {},
    ...pciControllers(machine, passed, virtioDisks + nics.length + usbControllers(usb).length),
    ...usbControllers(usb),
    ...disks.map((disk) => diskXml(disk, machine)),
    ...nics.map(nicXml),
    ...passed.map(hostdevXml),
    ...usb.map(usbHostdevXml),
    ...consoleXml(),
    ...graphicsXml(definition.graphics),
    // A passed device pins all of the guest's memory: there is nothing for a balloon to give back.
    element('memballoon', { model: passed.length > 0 ? 'none' : 'virtio' }),
  )
}
