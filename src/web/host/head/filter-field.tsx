/** Which devices a host offers: all, or those that a filter passes. */
import {
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Radio,
  TextInput,
} from '@patternfly/react-core'

interface Props {
  /** Null = all. */
  readonly filter: string | null
  readonly wrong: string | null
  change(filter: string | null): void
}

export function FilterField({ filter, wrong, change }: Props) {
  return (
    <FormGroup label="Devices that it offers" role="radiogroup" fieldId="offers" isStack>
      <Radio
        id="offers-all"
        name="offers"
        label="All"
        isChecked={filter === null}
        onChange={() => change(null)}
      />
      <Radio
        id="offers-some"
        name="offers"
        label="Those that a filter passes"
        isChecked={filter !== null}
        onChange={() => change(filter ?? '')}
      />
      {filter !== null && (
        <>
          <TextInput
            className="berth-filter"
            aria-label="Filter: vendor:device:class, several by commas"
            placeholder="10de:,15b3::02xx"
            value={filter}
            validated={wrong === null ? 'default' : 'error'}
            spellCheck={false}
            autoComplete="off"
            onChange={(_, text) => change(text)}
          />
          <FormHelperText>
            <HelperText aria-live="polite">
              <HelperTextItem variant={wrong === null ? 'default' : 'error'}>
                {wrong ??
                  (filter.trim() === ''
                    ? 'Without a term, nothing is offered.'
                    : 'vendor:device:class, several by commas; x is any digit of a class.')}
              </HelperTextItem>
            </HelperText>
          </FormHelperText>
        </>
      )}
    </FormGroup>
  )
}
