/** `berth sriov list` as text: each physical function, its virtual functions as a tree below. */
import { shortAddress } from '../../model/address.ts'
import type { HostSriov, PfView, VfView } from '../../view/documents.ts'
import { page, tableSection } from '../text/sections.ts'
import { type TableColumn, tableText } from '../text/table.ts'

interface Row {
  readonly device: PfView | VfView
  /** Null in the row of a virtual function. */
  readonly pf: PfView | null
  readonly branch: string
}

const ABLE = { true: 'yes', false: 'no', null: 'not known' } as const

const COLUMNS: readonly TableColumn<Row>[] = [
  { name: 'ADDR', width: 9, cell: ({ device, branch }) => `${branch}${shortAddress(device.address)}` },
  { name: 'TYPE', width: 14, cell: ({ device }) => device.type },
  { name: 'TOTAL', width: 5, align: 'right', cell: ({ pf }) => pf?.totalVfs ?? null },
  { name: 'ENABLED', width: 7, align: 'right', cell: ({ pf }) => pf?.numVfs ?? null },
  { name: 'WANTED', width: 6, align: 'right', cell: ({ pf }) => pf && (pf.wantedVfs ?? '-') },
  { name: 'DRIVER', width: 9, cell: ({ device }) => device.driver },
  { name: 'ABLE', width: 9, cell: ({ pf }) => pf && ABLE[`${pf.driverAble}`] },
  { name: 'VM', width: 4, align: 'right', cell: ({ device }) => device.vm },
  { name: 'STATE', width: 12, cell: ({ device }) => device.state },
  { name: 'NAME', width: 4, cell: ({ device }) => device.name },
]

const FAILURES: readonly TableColumn<PfView>[] = [
  { name: 'ADDR', width: 9, cell: ({ address }) => shortAddress(address) },
  { name: 'WHY', width: 4, cell: ({ failure }) => failure },
]

function rowsOf(pf: PfView): readonly Row[] {
  const last = pf.vfs.length - 1
  // As lspci -t draws it.
  const below = pf.vfs.map((device, n): Row => ({ device, pf: null, branch: n === last ? '\\-' : '+-' }))
  return [{ device: pf, pf, branch: '' }, ...below]
}

export function sriovText({ host, hostName, pfs }: HostSriov): string {
  const rows = pfs.flatMap(rowsOf)
  const failed = pfs.filter(({ failure }) => failure !== null)
  return page([
    tableSection(
      `SR-IOV DEVICES OF HOST ${host} (${hostName})`,
      rows.length === 0 ? 'no device with SR-IOV is known' : tableText(COLUMNS, rows, null),
    ),
    failed.length === 0 ? null : tableSection('LAST CHANGE FAILED', tableText(FAILURES, failed, null)),
  ])
}
