/** The domain that a deploy order describes, as the XML that `virsh create` takes. Pure; the format: libvirt.org/formatdomain.html. */
import { InvalidInput } from '../model/errors.ts'
import type { DeployOrder, PromisedDevice, PromisedUsbDevice } from '../model/order.ts'
import type { DomainMark } from '../model/usage.ts'
import type { VmDefinition } from '../model/vm.ts'
import { consoleXml, diskXml, graphicsXml, nicXml } from './device-xml.ts'
import { BERTH_NAMESPACE } from './domain-facts.ts'
import { domainName, domainUuid } from './domain-name.ts'
import type { FlashFile } from './firmware.ts'
import type { ChosenFirmware } from './host-firmware.ts'
import { hostdevXml, pciControllers } from './hostdev-xml.ts'
import { mergeRaw } from './raw-xml.ts'
import { usbControllers, usbHostdevXml } from './usb-xml.ts'
import { type Element, element, printXml, textElement, XmlError } from './xml.ts'

/**
 * The domain's XML, indented. Passed devices become hostdevs, held mates do not appear; USB devices go by the numbers in the
 * order, which are those of this moment; a UEFI guest starts from `firmware`, found on the host. Every value is data:
 * InvalidInput `not-xml` for one with a character that XML cannot carry, and the codes of device-xml.ts, hostdev-xml.ts
 * and raw-xml.ts.
 */
export function domainXml(order: DeployOrder, firmware: ChosenFirmware | null = null): string {
  const { raw } = order.definition
  try {
    const domain = domainElement(order, firmware)
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

function domainElement(order: DeployOrder, firmware: ChosenFirmware | null): Element {
  const { definition, vm } = order
  return element(
    'domain',
    { type: order.hypervisor },
    textElement('name', domainName(vm)),
    textElement('uuid', domainUuid(order)),
    definition.name === '' ? null : textElement('title', definition.name),
    element('metadata', {}, markElement(order)),
    element('memory', { unit: 'MiB' }, String(definition.memoryMiB)),
    textElement('vcpu', definition.vcpu),
    osElement(definition, firmware),
    featuresElement(definition, firmware),
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
function osElement(definition: VmDefinition, firmware: ChosenFirmware | null): Element {
  const hasDisk = definition.disks.some((disk) => !disk.cdrom)
  const hasCdrom = definition.disks.some((disk) => disk.cdrom)
  return element(
    'os',
    {},
    element('type', { machine: definition.machine }, 'hvm'),
    ...(firmware === null ? [] : firmwareElements(firmware)),
    hasDisk ? element('boot', { dev: 'hd' }) : null,
    hasCdrom ? element('boot', { dev: 'cdrom' }) : null,
  )
}

/**
 * `secure` = the variables can be written from system management mode only. A format that is not named is raw to every libvirt;
 * older ones than 9.2 know no other, and their hosts have no other.
 */
function firmwareElements({ code, template, nvram, smm }: ChosenFirmware): readonly Element[] {
  const secure = smm ? 'yes' : null
  return [
    element('loader', { readonly: 'yes', secure, type: 'pflash', ...formatOf(code) }, code.path),
    element('nvram', { template: template.path, ...formatOf(template) }, nvram),
  ]
}

const formatOf = ({ format }: FlashFile) => ({ format: format === 'raw' ? null : format })

function featuresElement({ machine }: VmDefinition, firmware: ChosenFirmware | null): Element | null {
  if (!/q35|^pc/.test(machine)) return null
  const smm = firmware?.smm === true ? element('smm', { state: 'on' }) : null
  return element('features', {}, element('acpi', {}), element('apic', {}), smm)
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
