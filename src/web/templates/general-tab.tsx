/** What the VM is apart from its devices: name, CPU, memory, machine and firmware. */
import { Content } from '@patternfly/react-core'
import { blockAt, removeBlock } from '../../template/edit.ts'
import { setPair, setSingle } from '../../template/edit-values.ts'
import { vectorsOf } from '../../template/values.ts'
import { ChoiceField, TextField } from './field.tsx'
import { type Form, orLeftOut, pairText, singleText } from './form-text.ts'

const FIELDS = [
  { name: 'NAME', label: 'Name of its VMs', help: 'Left out: vm- and the number of the VM.' },
  { name: 'CPU', label: 'CPU', isNumber: true, help: 'Cores that are promised to it, such as 4 or 0.5.' },
  {
    name: 'VCPU',
    label: 'Virtual CPUs',
    isNumber: true,
    placeholder: '1',
    help: 'Processors that the guest sees.',
  },
  {
    name: 'MEMORY',
    label: 'Memory in MiB',
    isNumber: true,
    help: '8192 is 8 GiB. A VM cannot be made without it.',
  },
] as const

/** What has a place in the form; other blocks and names are edited in the text. */
const IN_FORM: ReadonlySet<string> = new Set([
  ...FIELDS.map(({ name }) => name),
  ...['CPU_MODEL', 'MACHINE', 'OS', 'PCI', 'USB', 'PCI_NUMA_POLICY', 'SCHED_REQUIREMENTS', 'SCHED_RANK'],
])

export function GeneralTab({ form }: { readonly form: Form }) {
  const { tree, edit } = form
  return (
    <div className="berth-template-fields">
      {FIELDS.map(({ name, label, help, ...more }) => (
        <TextField
          key={name}
          {...more}
          label={label}
          help={help}
          value={singleText(tree, name)}
          onChange={(value) => edit((text) => setSingle(text, name, orLeftOut(value)))}
        />
      ))}
      <CpuModel form={form} />
      <Machine form={form} />
      <Firmware form={form} />
      <Elsewhere form={form} />
    </div>
  )
}

/** Written as `CPU_MODEL = host-passthrough` or as OpenNebula's block: it stays what it is. */
function CpuModel({ form: { tree, edit } }: { readonly form: Form }) {
  const [block] = vectorsOf(tree, 'CPU_MODEL')
  return (
    <TextField
      label="CPU model"
      placeholder="as the host says"
      help="host-passthrough, or a model that libvirt knows."
      value={block === undefined ? singleText(tree, 'CPU_MODEL') : pairText(block, 'MODEL')}
      onChange={(value) =>
        edit((text) =>
          block === undefined
            ? setSingle(text, 'CPU_MODEL', orLeftOut(value))
            : setOrDrop(text, 'CPU_MODEL', 'MODEL', value),
        )
      }
    />
  )
}

function Machine({ form: { tree, edit } }: { readonly form: Form }) {
  const single = singleText(tree, 'MACHINE')
  return (
    <TextField
      label="Machine"
      placeholder="q35"
      help="The machine that QEMU shows the guest."
      value={single === '' ? pairText(vectorsOf(tree, 'OS')[0], 'MACHINE') : single}
      onChange={(value) =>
        edit((text) =>
          single === ''
            ? setOrDrop(text, 'OS', 'MACHINE', value)
            : setSingle(text, 'MACHINE', orLeftOut(value)),
        )
      }
    />
  )
}

/** A block that has nothing in it any more goes, too. */
function setOrDrop(text: string, name: string, key: string, value: string): string {
  const edited = setPair(text, { name, index: 0 }, key, orLeftOut(value))
  const isEmpty = blockAt(edited, { name, index: 0 })?.pairs.length === 0
  return isEmpty ? removeBlock(edited, name, 0) : edited
}

const FIRMWARES = [
  { value: '', words: 'BIOS' },
  { value: 'UEFI', words: 'UEFI' },
  { value: 'UEFI SECURE', words: 'UEFI with Secure Boot' },
]

function Firmware({ form: { tree, edit } }: { readonly form: Form }) {
  const [os] = vectorsOf(tree, 'OS')
  const [kind, secure] = [pairText(os, 'FIRMWARE').trim(), pairText(os, 'FIRMWARE_SECURE').trim()]
  const isSecure = secure.toUpperCase() === 'YES'
  const known =
    kind === '' || kind.toUpperCase() === 'BIOS' ? '' : kind.toUpperCase() === 'UEFI' ? 'UEFI' : kind
  return (
    <ChoiceField
      label="Firmware"
      help="Each host takes the image that its QEMU describes."
      value={known === 'UEFI' && isSecure ? 'UEFI SECURE' : known}
      choices={FIRMWARES}
      onChange={(value) =>
        edit((text) => {
          const chosen = setOrDrop(text, 'OS', 'FIRMWARE', value.startsWith('UEFI') ? 'UEFI' : '')
          return setOrDrop(chosen, 'OS', 'FIRMWARE_SECURE', value === 'UEFI SECURE' ? 'YES' : '')
        })
      }
    />
  )
}

/** `DISK`, `NIC` and the like, and what Berth does not read: kept, and edited in the text. */
function Elsewhere({ form: { tree } }: { readonly form: Form }) {
  const names = [...new Set(tree.attributes.map(({ name }) => name))].filter((name) => !IN_FORM.has(name))
  if (names.length === 0) return null
  return (
    <Content component="small" className="berth-template-wide">
      Also in the text, and edited there: <span className="berth-code">{names.join(', ')}</span>
    </Content>
  )
}
