/** What a key does in the tree (WAI-ARIA Authoring Practices, tree view). Pure. */

type Rows = readonly { readonly level: number; readonly isOpen: boolean | null }[]

export type Step =
  | { readonly kind: 'go'; readonly to: number }
  | { readonly kind: 'turn'; readonly open: boolean }
  | { readonly kind: 'act' }

/** `at` = the row that has the focus; null = nothing. */
export function stepOf(key: string, rows: Rows, at: number): Step | null {
  const isOpen = rows[at]?.isOpen ?? null
  switch (key) {
    case 'ArrowDown':
      return { kind: 'go', to: at + 1 }
    case 'ArrowUp':
      return { kind: 'go', to: at - 1 }
    case 'Home':
      return { kind: 'go', to: 0 }
    case 'End':
      return { kind: 'go', to: rows.length - 1 }
    case 'ArrowRight':
      if (isOpen === false) return { kind: 'turn', open: true }
      return { kind: 'go', to: isOpen === true ? at + 1 : at }
    case 'ArrowLeft':
      return isOpen === true ? { kind: 'turn', open: false } : { kind: 'go', to: aboveOf(rows, at) }
    case 'Enter':
    case ' ':
      return { kind: 'act' }
    default:
      return null
  }
}

function aboveOf(rows: Rows, at: number): number {
  const level = rows[at]?.level ?? 1
  for (let index = at - 1; index >= 0; index -= 1) if ((rows[index]?.level ?? 0) < level) return index
  return at
}
