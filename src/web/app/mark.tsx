/** Berth's mark: a ship in its berth. */
export function BerthMark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="berth-mark">
      <rect width="32" height="32" rx="7" />
      <path d="M7 8v16h18V8" />
      <rect x="12" y="5" width="8" height="13" rx="1.5" />
    </svg>
  )
}
