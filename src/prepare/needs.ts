/** Needs and choices sorted by the file that they end in. Pure. */
import type { Need } from '../model/readiness.ts'
import type { Choices } from './choices.ts'
import type { ParameterWish } from './command-line.ts'

export interface SortedNeeds {
  readonly parameters: ParameterWish
  readonly modules: readonly string[]
  readonly unblacklist: readonly string[]
  readonly deviceAcl: readonly string[]
  /** The hardware keeps interrupts apart for nobody; only an operator may accept that. */
  readonly unsafeInterrupts: boolean
}

export function needsOf(needs: readonly Need[], choices: Choices): SortedNeeds {
  const of = <K extends Need['kind']>(kind: K) =>
    needs.filter((need): need is Extract<Need, { kind: K }> => need.kind === kind)
  const passthrough = choices.iommuPassthrough ? ['iommu=pt'] : []
  return {
    parameters: {
      add: unique([...of('kernel-parameter').map(({ parameter }) => parameter), ...passthrough]),
      remove: unique(of('no-kernel-parameter').map(({ parameter }) => parameter)),
    },
    modules: unique([
      ...of('module').map(({ module }) => module),
      ...(choices.ids.length > 0 ? ['vfio-pci'] : []),
    ]),
    unblacklist: unique(of('no-blacklist').map(({ module }) => module)),
    deviceAcl: unique(of('device-acl').flatMap(({ entries }) => entries)),
    unsafeInterrupts: of('unsafe-interrupts').length > 0,
  }
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]

const WHY: Readonly<Record<string, string>> = {
  'intel_iommu=on': "turns on Intel's IOMMU (VT-d), which confines a device to the memory of its VM",
  'amd_iommu=on': "turns on AMD's IOMMU, which confines a device to the memory of its VM",
  'iommu=pt': "devices that stay with the host bypass the IOMMU's translation and keep their speed",
}

export const whyParameter = (parameter: string): string =>
  `${parameter} ${Object.hasOwn(WHY, parameter) ? WHY[parameter] : 'is what berth doctor asks for'}`
