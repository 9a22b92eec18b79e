/** A plan as OpenNebula 7 reads it (PLAN: PlanXML of its rank scheduler): numbers and fixed words alone, so nothing needs escaping. */
import type { Placement } from './placement/plan.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Of placements without a datastore nothing is written. */
export function planXml(placements: readonly Placement[]): string {
  return `${HEAD}<PLAN>\n  <ID>-1</ID>\n${placements.map(actionXml).join('')}</PLAN>\n`
}

function actionXml({ vm, host, datastore, operation, networks }: Placement): string {
  if (datastore === null) return ''
  const nics = networks.map(
    ({ nic, network }) =>
      `    <NIC>\n      <NIC_ID>${nic}</NIC_ID>\n      <NETWORK_ID>${network}</NETWORK_ID>\n    </NIC>\n`,
  )
  return `  <ACTION>
    <VM_ID>${vm}</VM_ID>
    <HOST_ID>${host}</HOST_ID>
    <DS_ID>${datastore}</DS_ID>
    <OPERATION>${operation}</OPERATION>
${nics.join('')}  </ACTION>
`
}
