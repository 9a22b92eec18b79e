/** An option whose value names columns of a list: completion knows which there are. */
import { Option } from 'commander'

export class ColumnOption extends Option {
  readonly columns: readonly string[]

  constructor(flags: string, description: string, columns: readonly string[]) {
    super(flags, description)
    this.columns = columns
  }
}
