/** Templates: what each asks for, and the ways on from it. */
import { Button, Label, LabelGroup, PageSection, SearchInput } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Link } from 'react-router'
import type { DeviceType, TemplateView } from '../api/documents.ts'
import { deviceTypes, templateList } from '../api/queries.ts'
import { useMay } from '../app/rights.ts'
import { coresText, memoryText } from '../parts/amounts.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Heading } from '../parts/heading.tsx'
import { LinkButton } from '../parts/link-button.tsx'
import { Nothing } from '../parts/nothing.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { type Asks, asksOf } from './asks.ts'
import { DeleteTemplate } from './delete-template.tsx'
import { TemplateActions } from './template-actions.tsx'
import './templates.css'

interface Row extends TemplateView {
  /** Null = the text is no template. */
  readonly asks: Asks | null
}

export function TemplatesPage() {
  const templates = useQuery(templateList())
  const types = useQuery(deviceTypes()).data
  const mayWrite = useMay('operator')
  return (
    <>
      <Heading
        title="Templates"
        about="What VMs are made of: devices, CPU, memory, and where they may run."
        actions={mayWrite && <LinkButton to="/templates/new">New template</LinkButton>}
      />
      <PageSection>
        <Shown query={templates} what="the templates">
          {(found) => <TemplateTable templates={found} types={types ?? []} mayWrite={mayWrite} />}
        </Shown>
      </PageSection>
    </>
  )
}

interface TableProps {
  readonly templates: readonly TemplateView[]
  readonly types: readonly DeviceType[]
  readonly mayWrite: boolean
}

function TemplateTable({ templates, types, mayWrite }: TableProps) {
  const [search, setSearch] = useSearchParam('search')
  const [deleting, setDeleting] = useState<TemplateView | null>(null)
  const all = useMemo(
    () => templates.map((template): Row => ({ ...template, asks: asksOf(template.text, types) })),
    [templates, types],
  )
  const rows = useMemo(() => all.filter((row) => isFound(row, search)), [all, search])
  const actions: Column<Row> = {
    id: 'actions',
    name: 'Actions',
    cell: (row) => <TemplateActions template={row} isCompact remove={() => setDeleting(row)} />,
  }
  if (templates.length === 0) return <NoTemplates mayWrite={mayWrite} />
  return (
    <>
      <SearchInput
        className="berth-templates-search"
        aria-label="Search templates"
        placeholder="Name, device, or anything in the text"
        value={search}
        onChange={(_, value) => setSearch(value)}
        onClear={() => setSearch('')}
        resultsCount={search === '' ? '' : `${rows.length} / ${all.length}`}
      />
      <div className="berth-templates">
        <DataTable
          label="Templates"
          rows={rows}
          columns={[...COLUMNS, actions]}
          keyOf={({ id }) => String(id)}
          order={{ by: 'name', direction: 'asc' }}
          empty={
            <Nothing
              title="No template is like this"
              actions={
                <Button variant="link" onClick={() => setSearch('')}>
                  Show all of them
                </Button>
              }
            />
          }
        />
      </div>
      {deleting !== null && <DeleteTemplate template={deleting} close={() => setDeleting(null)} />}
    </>
  )
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    name: 'Name',
    width: 15,
    sort: ({ name }) => name,
    cell: ({ id, name }) => <Link to={`/templates/${id}`}>{name}</Link>,
  },
  {
    id: 'devices',
    name: 'Devices',
    sort: ({ asks }) => deviceWords(asks).join(' ') || null,
    cell: Devices,
  },
  {
    id: 'cpu',
    name: 'CPU',
    className: 'berth-number berth-right',
    sort: ({ asks }) => asks?.cpu ?? null,
    cell: ({ asks }) => coresText(asks?.cpu ?? null),
  },
  {
    id: 'memory',
    name: 'Memory',
    className: 'berth-number berth-right',
    sort: ({ asks }) => asks?.memoryMiB ?? null,
    cell: ({ asks }) => memoryText(asks?.memoryMiB ?? null),
  },
  {
    id: 'firmware',
    name: 'Firmware',
    sort: ({ asks }) => asks?.firmware ?? null,
    cell: ({ asks }) => asks?.firmware ?? '-',
  },
  {
    id: 'created',
    name: 'Created',
    sort: ({ createdAt }) => Date.parse(createdAt),
    className: 'berth-nowrap',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]

const deviceWords = (asks: Asks | null): readonly string[] =>
  asks === null ? [] : [...asks.pci, ...asks.usb.map((words) => `USB ${words}`)]

function Devices({ asks }: Row) {
  if (asks === null)
    return (
      <Label isCompact color="red">
        no template: the text cannot be read
      </Label>
    )
  const words = deviceWords(asks)
  if (words.length === 0) return <span className="berth-quiet">none</span>
  return (
    <LabelGroup numLabels={4} aria-label="Devices">
      {words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two blocks may ask for the same
        <Label key={index} isCompact variant="outline">
          {word}
        </Label>
      ))}
    </LabelGroup>
  )
}

function isFound({ id, name, text, asks }: Row, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return [String(id), name, text, ...deviceWords(asks)].some((words) => words.toLowerCase().includes(wanted))
}

function NoTemplates({ mayWrite }: { readonly mayWrite: boolean }) {
  return (
    <Nothing
      title="There are no templates yet"
      actions={mayWrite ? <LinkButton to="/templates/new">New template</LinkButton> : undefined}
    >
      A template says what a VM is: its CPU, its memory, and the devices that it is given.
    </Nothing>
  )
}
