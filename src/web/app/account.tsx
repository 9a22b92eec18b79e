/** Who is signed in and with what rights; light or dark; the way out. */
import {
  Divider,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
} from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { me } from '../api/queries.ts'
import { signOut } from './session.ts'
import { type Theme, useTheme } from './theme.ts'

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

export function Account() {
  const { data } = useQuery(me())
  const [open, setOpen] = useState(false)
  const [theme, setTheme] = useTheme()
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plainText" isExpanded={open} onClick={() => setOpen(!open)}>
          {data?.user ?? data?.name ?? 'Account'}
        </MenuToggle>
      )}
    >
      {data !== undefined && (
        <DropdownGroup label={`${data.name}, ${data.role}`} labelHeadingLevel="h2">
          <DropdownList>
            <DropdownItem onClick={() => signOut()}>Sign out</DropdownItem>
          </DropdownList>
        </DropdownGroup>
      )}
      <Divider />
      <DropdownGroup label="Appearance" labelHeadingLevel="h2">
        <DropdownList>
          {THEMES.map(([value, words]) => (
            <DropdownItem key={value} isSelected={theme === value} onClick={() => setTheme(value)}>
              {words}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  )
}
