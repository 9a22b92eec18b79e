/** How many virtual functions a PF is to have: the wish, what is removed for it, and what the host makes of it. */
import { Alert, Checkbox, Content, Form, FormGroup, NumberInput } from '@patternfly/react-core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { refusedBy } from '../../api/problem.ts'
import { counted } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'

/** As the SR-IOV list and the PCI table know a PF. */
export interface PfToSet {
  readonly address: string
  readonly totalVfs: number
  readonly numVfs: number
  readonly wantedVfs: number | null
  /** The host's, on the PF itself: they stay with it. */
  readonly networkInterfaces: readonly string[]
  /** Those that there are: any other number removes them all. */
  readonly vfs: readonly { readonly address: string; readonly vm: number | null }[]
}

interface Props {
  /** Its id or name, as a path has it. */
  readonly host: string
  readonly hostName: string
  readonly pf: PfToSet
  close(): void
}

export function SetVfs({ host, hostName, pf, close }: Props) {
  const { address, totalVfs, numVfs, wantedVfs } = pf
  const [text, setText] = useState(String(wantedVfs ?? numVfs))
  const [autoprobe, setAutoprobe] = useState(false)
  const number = /^\d+$/.test(text) && Number(text) <= totalVfs ? Number(text) : null
  const ask = async () => {
    const params = { path: { host, address } }
    const body = { numVfs: number ?? 0, autoprobe }
    const { data, response } = await api.POST('/v1/hosts/{host}/devices/{address}/sriov', { params, body })
    if (data === undefined) throw refusedBy(response.status, null)
    return response.status === 202 ? null : data
  }
  return (
    <Confirm
      title={`Set the virtual functions of ${address} of ${hostName}`}
      action="Set"
      isDanger={number !== null && number !== numVfs && numVfs > 0}
      isDisabled={number === null || refusalOf(pf, number) !== null}
      run={ask}
      done={(after) =>
        after === null
          ? `${address} of ${hostName}: it is ordered, and the host has not done it yet`
          : `${address} of ${hostName} has ${counted(after.numVfs, 'virtual function')}`
      }
      close={close}
    >
      <Form onSubmit={(event) => event.preventDefault()}>
        <NumberOf pf={pf} text={text} setText={setText} isWrong={number === null} />
        <Checkbox
          id="autoprobe"
          label="Let the host bind its own drivers to them"
          description="Otherwise they wait for VMs without a driver."
          isChecked={autoprobe}
          isDisabled={number === 0}
          onChange={(_, checked) => setAutoprobe(checked)}
        />
      </Form>
      {number !== null && <Consequences pf={pf} hostName={hostName} number={number} />}
    </Confirm>
  )
}

interface NumberProps {
  readonly pf: PfToSet
  readonly text: string
  readonly isWrong: boolean
  setText(text: string): void
}

function NumberOf({ pf: { totalVfs }, text, isWrong, setText }: NumberProps) {
  const step = (by: number): void =>
    setText(String(Math.min(totalVfs, Math.max(0, (Number.parseInt(text, 10) || 0) + by))))
  return (
    <FormGroup label={`Virtual functions, 0 to ${totalVfs}`} fieldId="num-vfs" isRequired>
      <NumberInput
        inputProps={{ id: 'num-vfs' }}
        inputName="num-vfs"
        inputAriaLabel={`Virtual functions, 0 to ${totalVfs}`}
        minusBtnAriaLabel="One fewer"
        plusBtnAriaLabel="One more"
        min={0}
        max={totalVfs}
        value={text === '' ? undefined : Number(text)}
        validated={isWrong ? 'error' : 'default'}
        onChange={(event) => setText(event.currentTarget.value)}
        onMinus={() => step(-1)}
        onPlus={() => step(1)}
        widthChars={6}
      />
    </FormGroup>
  )
}

interface ConsequencesProps {
  readonly pf: PfToSet
  readonly hostName: string
  readonly number: number
}

function Consequences({ pf, hostName, number }: ConsequencesProps) {
  const { vfs, numVfs, networkInterfaces } = pf
  const refusal = refusalOf(pf, number)
  return (
    <Content className="berth-refusal" aria-live="polite">
      {number > 0 && <p>While it is to have virtual functions, VMs get those, and not the device itself.</p>}
      {number === 0 && <p>None is wanted any more, after a reboot either.</p>}
      {number > 0 && <p>{hostName} makes them again after a reboot.</p>}
      {number > 0 && networkInterfaces.length > 0 && (
        <p>
          The host keeps {networkInterfaces.join(', ')}, the network{' '}
          {networkInterfaces.length === 1 ? 'interface' : 'interfaces'} of the device itself.
        </p>
      )}
      {number !== numVfs && vfs.length > 0 && (
        <p>
          Its {counted(vfs.length, 'virtual function')} that there {vfs.length === 1 ? 'is' : 'are'} now will
          be removed{number > 0 && ' before the new ones are made'}: {addresses(vfs)}.
        </p>
      )}
      {refusal !== null && <Alert isInline component="p" variant="warning" title={refusal} />}
    </Content>
  )
}

/** What the API would say: any other number removes all VFs, and those of VMs are not taken away. */
function refusalOf({ vfs, numVfs }: PfToSet, number: number): string | null {
  const holders = new Map<number, string[]>()
  if (number !== numVfs)
    for (const { address, vm } of vfs) if (vm !== null) holders.set(vm, [...(holders.get(vm) ?? []), address])
  if (holders.size === 0) return null
  const told = [...holders].map(([vm, held]) => `VM ${vm} has ${held.join(', ')}`)
  return `It would be refused: ${told.join('; ')}. Stop ${holders.size === 1 ? 'that VM' : 'those VMs'} first.`
}

const TOLD = 8

function addresses(vfs: PfToSet['vfs']): string {
  const told = vfs.slice(0, TOLD).map(({ address }) => address)
  return vfs.length > TOLD ? `${told.join(', ')} and ${vfs.length - TOLD} more` : told.join(', ')
}
