/** The form, in OpenNebula's tabs. While the text cannot be read it shows what it last could, and changes nothing. */
import { Alert, Form as FormLayout, Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { vectorsOf } from '../../template/values.ts'
import { useSearchParam } from '../parts/search-param.ts'
import { DevicesTab } from './devices-tab.tsx'
import type { Form } from './form-text.ts'
import { GeneralTab } from './general-tab.tsx'
import { PlacementTab } from './placement-tab.tsx'

const TABS = [
  { name: 'general', title: 'General', Content: GeneralTab },
  { name: 'devices', title: 'Input/Output', Content: DevicesTab },
  { name: 'placement', title: 'Placement', Content: PlacementTab },
] as const

export type TabName = (typeof TABS)[number]['name']

interface Props {
  readonly form: Form
  readonly first: TabName
  readonly isReadOnly: boolean
  readonly isFrozen: boolean
}

export function FormTabs({ form, first, isReadOnly, isFrozen }: Props) {
  const [chosen, choose] = useSearchParam('tab')
  const tab = TABS.find(({ name }) => name === chosen)?.name ?? first
  const devices = vectorsOf(form.tree, 'PCI').length + vectorsOf(form.tree, 'USB').length
  return (
    <div className="berth-editor-form">
      <Tabs
        aria-label="Parts of the template"
        activeKey={tab}
        unmountOnExit
        mountOnEnter
        onSelect={(_, key) => choose(String(key))}
      >
        {TABS.map(({ name, title, Content }) => (
          <Tab
            key={name}
            eventKey={name}
            title={
              <TabTitleText>
                {name === 'devices' && devices > 0 ? `${title} (${devices})` : title}
              </TabTitleText>
            }
          >
            <div className="berth-editor-tab">
              {isFrozen && (
                <Alert
                  isInline
                  variant="warning"
                  component="p"
                  title="The text cannot be read as it is: this shows the last one that could. Mend the text to go on here."
                />
              )}
              <fieldset disabled={isFrozen || isReadOnly} className="berth-editor-fields">
                <FormLayout onSubmit={(event) => event.preventDefault()}>
                  <Content form={form} />
                </FormLayout>
              </fieldset>
            </div>
          </Tab>
        ))}
      </Tabs>
    </div>
  )
}
