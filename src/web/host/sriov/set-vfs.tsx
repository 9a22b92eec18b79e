/** How many virtual functions a PF is to have. */
import { Confirm } from '../../parts/confirm.tsx'

/** As the SR-IOV list and the PCI table know a PF. */
export interface PfToSet {
  readonly address: string
  readonly totalVfs: number
  readonly numVfs: number
  readonly wantedVfs: number | null
  /** Those that there are: any other number removes them all. */
  readonly vfs: readonly { readonly address: string; readonly vm: number | null }[]
}

interface Props {
  /** Its id, as a path has it. */
  readonly host: string
  readonly hostName: string
  readonly pf: PfToSet
  close(): void
}

export function SetVfs({ pf, hostName, close }: Props) {
  return (
    <Confirm
      title={`Set the virtual functions of ${pf.address}`}
      action="Set"
      run={async () => {}}
      close={close}
    >
      {hostName}
    </Confirm>
  )
}
