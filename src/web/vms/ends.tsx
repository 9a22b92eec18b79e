/** What stopping or terminating a VM takes: its devices by name, and how its guest is asked. */
import { Checkbox, Content, Form, FormGroup } from '@patternfly/react-core'
import { useState } from 'react'
import type { VmSummary } from '../api/documents.ts'
import { Confirm } from '../parts/confirm.tsx'
import { WholeNumber } from '../parts/whole-number.tsx'
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
  return (
    <FormGroup label="Seconds for the guest to shut down" fieldId="end-grace">
      <WholeNumber
        id="end-grace"
        label="Seconds for the guest to shut down"
        less="Ten seconds less"
        more="Ten seconds more"
        value={seconds}
        min={0}
        max={MOST_SECONDS}
        step={10}
        change={setSeconds}
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
