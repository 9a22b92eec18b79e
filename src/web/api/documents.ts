/** The API's documents by the names that the page has for them: everything below comes from the generated types. */
import type { components, paths } from './openapi.d.ts'

type Schemas = components['schemas']

export type HostSummary = Schemas['host-list'][number]
export type HostView = Schemas['host']
/** What `POST /v1/hosts` takes. */
export type HostWish = paths['/v1/hosts']['post']['requestBody'] extends
  | { content: { 'application/json': infer Body } }
  | undefined
  ? Body
  : never
export type JoinToken = Schemas['join-token']
export type HostState = HostSummary['state']
export type DeviceView = Schemas['device']
export type DeviceState = DeviceView['state']
export type HostGroups = Schemas['host-groups']
export type GroupView = HostGroups['groups'][number]
export type LibvirtCheck = NonNullable<HostGroups['libvirt']>
export type UsbDeviceView = HostView['usb'][number]
export type DeviceHistory = Schemas['device-history']
export type HostSriov = Schemas['sriov-list']
export type PfView = HostSriov['pfs'][number]
export type VfView = PfView['vfs'][number]
export type HostFence = Schemas['host-fence']
export type VmSummary = Schemas['vm-list'][number]
export type VmView = Schemas['vm']
export type VmState = VmView['state']
export type Explanation = Schemas['explanation']
export type NeededChange = NonNullable<Explanation['smallest']>['changes'][number]
export type TemplateView = Schemas['template']
export type TemplateCheck = Schemas['template-check']
export type TemplateFit = Schemas['template-fit']
/** A type of device over all hosts. */
export type DeviceType = Schemas['device-types'][number]
/** A host's devices in the cluster map. */
export type MappedHost = Schemas['device-map'][number]

/** Routes that answer a list, whole or in pages. */
export type ListPath = Extract<
  keyof paths,
  '/v1/hosts' | '/v1/vms' | '/v1/devices' | '/v1/devices/map' | '/v1/templates'
>
