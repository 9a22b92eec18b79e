/** Before several VMs are asked for something: each by name, with the devices that come back from it. */
import { Checkbox, Content } from '@patternfly/react-core'
import { useState } from 'react'
import type { VmSummary } from '../api/documents.ts'
import { counted } from '../parts/amounts.ts'
import { Confirm } from '../parts/confirm.tsx'
import { shortText } from '../parts/device-name.ts'
import { type Asked, askEach, askVm, nameAndId, useReadAgain } from './ask.ts'

/** The verb, and what comes of it. */
export const WORDS: Readonly<Record<Asked, readonly [verb: string, effect: string]>> = {
  start: ['Start', 'Placed anew, on any host that can take them.'],
  stop: ['Stop', 'The guests are asked to shut down; their devices come back. Start places them anew.'],
  hold: ['Hold', 'Not placed before somebody releases them.'],
  release: ['Release', 'Placed as soon as a host can take them.'],
  terminate: ['Terminate', 'They end for good; their devices come back.'],
}

interface Props {
  readonly action: Asked
  readonly vms: readonly VmSummary[]
  /** Chosen ones of which it cannot be asked. */
  readonly others: number
  close(): void
}

export function BulkConfirm({ action, vms, others, close }: Props) {
  const [hard, setHard] = useState(false)
  const readAgain = useReadAgain()
  const [verb, effect] = WORDS[action]
  const ends = action === 'stop' || action === 'terminate'
  const run = async () => {
    try {
      await askEach(vms, ({ id }) => askVm(id, action, hard ? { hard: true } : {}), nameAndId)
      return vms.length
    } finally {
      void readAgain()
    }
  }
  const title = `${verb} ${vms.length === 1 && vms[0] !== undefined ? nameAndId(vms[0]) : counted(vms.length, 'VM')}`
  return (
    <Confirm
      title={title}
      action={verb}
      isDanger={ends}
      isDisabled={vms.length === 0}
      run={run}
      done={(count) => `${verb}: asked of ${counted(count, 'VM')}`}
      close={close}
    >
      <Content component="p">{effect}</Content>
      <Affected vms={vms} ends={ends} />
      {others > 0 && (
        <Content component="p">{counted(others, 'chosen VM')} cannot do so now and stay as they are.</Content>
      )}
      {ends && (
        <Checkbox
          id="bulk-hard"
          label="Do not ask the guests, end them at once"
          isChecked={hard}
          onChange={(_, on) => setHard(on)}
        />
      )}
    </Confirm>
  )
}

const LISTED = 200

function Affected({ vms, ends }: { readonly vms: readonly VmSummary[]; readonly ends: boolean }) {
  const rest = vms.length - LISTED
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard, too
    <ul className="berth-vm-affected" tabIndex={0} aria-label="VMs">
      {vms.slice(0, LISTED).map((vm) => (
        <li key={vm.id}>
          {nameAndId(vm)}
          {ends && <Given vm={vm} />}
        </li>
      ))}
      {rest > 0 && <li>and {counted(rest, 'more VM')}</li>}
    </ul>
  )
}

function Given({ vm }: { readonly vm: VmSummary }) {
  const devices = [
    ...vm.devices.map(({ address }) => shortText(address)),
    ...vm.usb.map(({ port }) => `usb ${port}`),
  ]
  if (devices.length === 0) return <span className="berth-vm-quiet">, no devices</span>
  return (
    <span className="berth-vm-quiet">
      {' '}
      gives back <span className="berth-code">{devices.join(' ')}</span>
    </span>
  )
}
