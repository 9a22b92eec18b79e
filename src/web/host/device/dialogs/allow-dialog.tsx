/** The operator's word that a device may be given although the host itself uses it; and that word taken back. */
import { Content, List, ListItem } from '@patternfly/react-core'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { Confirm } from '../../../parts/confirm.tsx'
import { asked, outcome } from '../ask.ts'
import { type DialogProps, deviceOfHost, pathOf } from './dialog.ts'
import { Keeps } from './named.tsx'

export function AllowDialog(props: DialogProps) {
  const { device, close } = props
  // As it was when it was asked for: another operator may have done the same meanwhile.
  const [allow] = useState(!device.allowed)
  const what = deviceOfHost(device)
  const answer = () =>
    asked(api.POST('/v1/hosts/{host}/devices/{address}/allow', { params: pathOf(props), body: { allow } }))
  return (
    <Confirm
      title={allow ? `Allow ${what} although the host uses it` : `Do not allow ${what}`}
      action={allow ? 'Allow' : 'Do not allow'}
      isDanger={allow}
      run={answer}
      done={(result) =>
        outcome(result, ({ allowed }) =>
          allowed ? 'may be given even where the host uses it' : 'is not given where the host uses it',
        )
      }
      close={close}
    >
      <Content>
        {allow ? (
          <p>
            VMs may get it, and {device.hostName} loses what it has on it the moment that one does. Berth does
            not save anything before.
          </p>
        ) : (
          <p>It is given to no further VM as long as the host uses it.</p>
        )}
        {!allow && <Keeps device={device} />}
        <p>{device.inUse.length === 0 ? 'The host does not use it now.' : 'What the host uses it for:'}</p>
        <List>
          {device.inUse.map(({ reason, detail }) => (
            <ListItem key={`${reason} ${detail}`}>
              {reason}
              {detail !== '' && `: ${detail}`}
            </ListItem>
          ))}
        </List>
      </Content>
    </Confirm>
  )
}
