/** What libvirt says of the same devices, asked now: where it and the kernel's files differ. */
import { Alert, AlertActionCloseButton, Button } from '@patternfly/react-core'
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table'
import { useMutation } from '@tanstack/react-query'
import { api, documentOf } from '../../api/client.ts'
import type { LibvirtCheck } from '../../api/documents.ts'
import { wordsOf } from '../../api/problem.ts'
import { counted } from '../../parts/amounts.ts'

export function useLibvirt(host: string) {
  return useMutation({
    mutationFn: async () => {
      const params = { path: { host }, query: { libvirt: 'true' as const } }
      const { libvirt } = await documentOf(api.GET('/v1/hosts/{host}/groups', { params }))
      return libvirt
    },
  })
}

type Asked = ReturnType<typeof useLibvirt>

export function AskLibvirt({ asked }: { readonly asked: Asked }) {
  return (
    <Button
      variant="secondary"
      size="sm"
      isLoading={asked.isPending}
      isDisabled={asked.isPending}
      onClick={() => asked.mutate()}
    >
      Ask libvirt
    </Button>
  )
}

export function LibvirtAnswer({ asked }: { readonly asked: Asked }) {
  const close = <AlertActionCloseButton onClose={() => asked.reset()} />
  return (
    <div aria-live="polite">
      {asked.isError && (
        <Alert isInline component="p" variant="danger" title="libvirt was not asked" actionClose={close}>
          {wordsOf(asked.error)}
        </Alert>
      )}
      {asked.isSuccess && asked.data !== null && <Differences check={asked.data} close={close} />}
    </div>
  )
}

function Differences({ check, close }: { readonly check: LibvirtCheck; readonly close: React.ReactNode }) {
  const { differences, failure } = check
  if (differences === null)
    return (
      <Alert
        isInline
        component="p"
        variant="warning"
        title="libvirt and sysfs could not be compared"
        actionClose={close}
      >
        {failure}
      </Alert>
    )
  if (differences.length === 0)
    return (
      <Alert isInline component="p" variant="success" title="libvirt agrees with sysfs" actionClose={close} />
    )
  const title = `libvirt and sysfs differ in ${counted(differences.length, 'fact')}`
  return (
    <Alert isInline component="p" variant="warning" title={title} actionClose={close}>
      <Table variant="compact" aria-label="Where libvirt and sysfs differ" gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            <Th>Address</Th>
            <Th>What</Th>
            <Th>sysfs</Th>
            <Th>libvirt</Th>
          </Tr>
        </Thead>
        <Tbody>
          {differences.map(({ address, field, sysfs, libvirt }) => (
            <Tr key={`${address} ${field}`}>
              <Td dataLabel="Address" className="berth-code">
                {address}
              </Td>
              <Td dataLabel="What">{field}</Td>
              <Td dataLabel="sysfs">{sysfs ?? '-'}</Td>
              <Td dataLabel="libvirt">{libvirt ?? '-'}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </Alert>
  )
}
