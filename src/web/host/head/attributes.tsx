/** A host's attributes, which templates' SCHED_REQUIREMENTS and SCHED_RANK ask for, as lines that can be changed. */
import { Button, FormGroup, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core'
import Remove from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon'
import type { HostView } from '../../api/documents.ts'

type Values = HostView['attributes']

export interface AttributeLine {
  /** Stays the same while the line is written. */
  readonly key: number
  readonly name: string
  readonly value: string
}

export const linesOf = (attributes: Values): readonly AttributeLine[] =>
  Object.entries(attributes).map(([name, value], key) => ({ key, name, value: String(value) }))

interface Read {
  /** Null = they cannot be used, as `wrong` says. */
  readonly attributes: Readonly<Record<string, string>> | null
  readonly wrong: string | null
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function attributesOf(lines: readonly AttributeLine[]): Read {
  const attributes: Record<string, string> = {}
  for (const { name, value } of lines) {
    if (name === '' && value === '') continue
    if (!NAME.test(name))
      return { attributes: null, wrong: `"${name}" is no name: letters, digits and _, no digit first` }
    if (Object.hasOwn(attributes, name)) return { attributes: null, wrong: `${name} is there twice` }
    attributes[name] = value
  }
  return { attributes, wrong: null }
}

/** What PATCH is told: null takes one back; what stays is left out, a number so that it stays one. */
export function changedAttributes(
  before: Values,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const said = Object.entries(after).filter(([name, value]) => String(before[name] ?? '\0') !== value)
  return Object.fromEntries([...gone.map((name) => [name, null]), ...said])
}

interface Props {
  readonly lines: readonly AttributeLine[]
  readonly wrong: string | null
  change(lines: readonly AttributeLine[]): void
}

export function Attributes({ lines, wrong, change }: Props) {
  const set = (key: number, part: Partial<AttributeLine>): void =>
    change(lines.map((line) => (line.key === key ? { ...line, ...part } : line)))
  const key = 1 + Math.max(-1, ...lines.map((line) => line.key))
  return (
    <FormGroup label="Attributes" role="group" fieldId="attributes" isStack>
      {lines.map((line, index) => (
        <div key={line.key} className="berth-attribute">
          <TextInput
            aria-label={`Name of attribute ${index + 1}`}
            placeholder="RACK"
            value={line.name}
            onChange={(_, name) => set(line.key, { name })}
          />
          <TextInput
            aria-label={`Value of attribute ${index + 1}`}
            placeholder="7"
            value={line.value}
            maxLength={1024}
            onChange={(_, value) => set(line.key, { value })}
          />
          <Button
            variant="plain"
            icon={<Remove />}
            aria-label={`Remove attribute ${line.name || index + 1}`}
            onClick={() => change(lines.filter((one) => one.key !== line.key))}
          />
        </div>
      ))}
      {wrong !== null && (
        <HelperText aria-live="polite">
          <HelperTextItem variant="error">{wrong}</HelperTextItem>
        </HelperText>
      )}
      <div>
        <Button variant="link" isInline onClick={() => change([...lines, { key, name: '', value: '' }])}>
          Add an attribute
        </Button>
      </div>
    </FormGroup>
  )
}
