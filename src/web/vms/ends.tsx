/** What stopping or terminating a VM takes: its devices by name, and how its guest is asked. */
import { Checkbox, Content, Form, FormGroup, NumberInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { VmSummary } from '../api/documents.ts'
import { Confirm } from '../parts/confirm.tsx'
import { askVm, nameAndId, type StopBody } from './ask.ts'
import { DeviceLines } from './device-lines.tsx'

/** Where nobody says otherwise, as the API has it. */
const GRACE_SECONDS = 60
const MOST_SECONDS = 86_400

interface Props {
  readonly vm: VmSummary
  readonly action: 'stop' | 'terminate'
  /** Why one would, where it helps another VM. */
  readonly because?: string
  close(): void
}

export function EndVm({ vm, action, because, close }: Props) {
  const [hard, setHard] = useState(false)
  const [grace, setGrace] = useState(GRACE_SECONDS)
  const isUp = vm.host !== null
  const body: StopBody = hard ? { hard: true } : action === 'stop' ? { graceSeconds: grace } : {}
  const run = async () => {
    await askVm(vm.id, action, body)
  }
  const verb = action === 'stop' ? 'Stop' : 'Terminate'
  return (
    <Confirm
      title={`${verb} ${nameAndId(vm)}`}
      action={verb}
      isDanger
      run={run}
      done={() => `${nameAndId(vm)} is being ${action === 'stop' ? 'stopped' : 'terminated'}`}
      close={close}
    >
      {because !== undefined && <Content component="p">{because}</Content>}
      <Content component="p">
        {action === 'stop' ? 'Start places it anew, perhaps on other devices.' : 'It ends for good.'}
      </Content>
      <Returned vm={vm} />
      {isUp && (
        <Form onSubmit={(event) => event.preventDefault()}>
          <Checkbox
            id="end-hard"
            label="Do not ask the guest, end it at once"
            isChecked={hard}
            onChange={(_, on) => setHard(on)}
          />
          {action === 'stop' && !hard && <Grace seconds={grace} setSeconds={setGrace} />}
        </Form>
      )}
    </Confirm>
  )
}

function Grace({ seconds, setSeconds }: { seconds: number; setSeconds: (seconds: number) => void }) {
  const set = (next: number): void => {
    if (Number.isInteger(next)) setSeconds(Math.min(MOST_SECONDS, Math.max(0, next)))
  }
  return (
    <FormGroup label="Seconds for the guest to shut down" fieldId="end-grace">
      <NumberInput
        inputProps={{ id: 'end-grace' }}
        inputName="grace"
        inputAriaLabel="Seconds for the guest to shut down"
        minusBtnAriaLabel="Ten seconds less"
        plusBtnAriaLabel="Ten seconds more"
        value={seconds}
        min={0}
        max={MOST_SECONDS}
        onMinus={() => set(seconds - 10)}
        onPlus={() => set(seconds + 10)}
        onChange={(event) => set(Number(event.currentTarget.value))}
      />
    </FormGroup>
  )
}

/** Each by name: somebody may wait for one of them. */
function Returned({ vm }: { readonly vm: VmSummary }) {
  if (vm.devices.length + vm.usb.length === 0)
    return <Content component="p">It has no devices to give back.</Content>
  const where = vm.hostName === null ? '' : ` to ${vm.hostName}`
  return (
    <>
      <Content component="p">It gives back{where}:</Content>
      <DeviceLines label="Devices that come back" devices={vm.devices} usb={vm.usb} />
    </>
  )
}
