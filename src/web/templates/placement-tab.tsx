/** On which hosts the VM may run, and which of them it would rather have. */
import { Content } from '@patternfly/react-core'
import { InvalidInput } from '../../model/errors.ts'
import { setSingle } from '../../template/edit-values.ts'
import { parseRank, parseRequirement } from '../../template/expression.ts'
import { TextField } from './field.tsx'
import { type Form, orLeftOut, singleText } from './form-text.ts'

const FIELDS = [
  {
    name: 'SCHED_REQUIREMENTS',
    label: 'Requirements',
    placeholder: 'any host',
    parse: parseRequirement,
    help: 'Hosts for which this is true, such as CLUSTER = "gpu" & FREE_MEMORY > 8388608.',
  },
  {
    name: 'SCHED_RANK',
    label: 'Rank',
    placeholder: 'no preference',
    parse: parseRank,
    help: 'Of the hosts that can take it, the one for which this is highest, such as FREE_CPU or 0 - RUNNING_VMS.',
  },
] as const

export function PlacementTab({ form: { tree, edit } }: { readonly form: Form }) {
  return (
    <>
      {FIELDS.map(({ name, label, placeholder, parse, help }) => {
        const value = singleText(tree, name)
        const wrong = problemOf(value, parse)
        return (
          <TextField
            key={name}
            isCode
            label={label}
            placeholder={placeholder}
            isInvalid={wrong !== null}
            help={wrong ?? help}
            value={value}
            onChange={(typed) => edit((text) => setSingle(text, name, orLeftOut(typed)))}
          />
        )
      })}
      <Content component="small">
        Of each host there are <span className="berth-code">{ATTRIBUTES}</span>, CPU in hundredths of a core
        and memory in KiB, and what an operator set on it.{' '}
        <span className="berth-code">= != &gt; &lt; &amp; | !</span> and parentheses compare and join them;
        text may hold <span className="berth-code">*</span> and <span className="berth-code">?</span>.
      </Content>
    </>
  )
}

const ATTRIBUTES = 'ID NAME STATE CLUSTER TOTAL_CPU FREE_CPU TOTAL_MEMORY FREE_MEMORY RUNNING_VMS'

/** Null = it can be read. */
function problemOf(value: string, parse: (text: string) => unknown): string | null {
  try {
    parse(value)
    return null
  } catch (error) {
    if (error instanceof InvalidInput) return error.message
    throw error
  }
}
