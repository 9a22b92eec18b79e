/** How much of something is used: in numbers, with a bar below. */
import { coresText, memoryText } from '../../parts/amounts.ts'

interface Props {
  readonly used: number
  /** Null = not known. */
  readonly total: number | null
}

export const CpuMeter = (props: Props) => <Meter {...props} text={coresText} />
export const MemoryMeter = (props: Props) => <Meter {...props} text={memoryText} />

/** Full, from there on. */
const MUCH = 0.9

function Meter({ used, total, text }: Props & { readonly text: (amount: number | null) => string }) {
  const share = total === null ? 0 : Math.min(1, used / Math.max(1, total))
  return (
    <div className="berth-meter">
      <span className="berth-number">
        {text(used)} / {text(total)}
      </span>
      <div className="berth-bar">
        <div
          className={share >= MUCH ? 'berth-bar-used berth-bar-much' : 'berth-bar-used'}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  )
}
