/** The chosen type, or any device of its vendor or class: ids that are left open match any. */
import { FormGroup, Radio } from '@patternfly/react-core'
import type { DeviceType } from '../api/documents.ts'
import { coverageWords } from './coverage-line.tsx'
import { coverageOf, nameOf, patternOf, waysToSelect } from './selection.ts'

interface Props {
  readonly type: DeviceType
  readonly types: readonly DeviceType[]
  /** An index of `waysToSelect`. */
  readonly way: number
  setWay(way: number): void
}

const WAYS = ['Exactly this type', 'Any of this vendor and class', 'Any of this class', 'Any of this vendor']

export function HowExactly({ type, types, way, setWay }: Props) {
  return (
    <FormGroup role="radiogroup" label="Which will do" isStack fieldId="how-exactly">
      {waysToSelect(type).map((selection, index) => (
        <Radio
          key={WAYS[index]}
          id={`way-${index}`}
          name="way"
          label={
            <>
              {WAYS[index]} <span className="berth-code">{patternOf(selection)}</span>
              <WayName name={nameOf(selection, types)} pattern={patternOf(selection)} />
            </>
          }
          description={coverageWords(coverageOf(selection, types))}
          isChecked={way === index}
          onChange={() => setWay(index)}
        />
      ))}
    </FormGroup>
  )
}

/** Nothing where no host knows its name. */
function WayName({ name, pattern }: { readonly name: string; readonly pattern: string }) {
  return name === pattern ? null : <span className="berth-quiet"> {name}</span>
}
