/** JSON Schema of what `berth prepare --json` prints. */
import { BOOLEAN, described, document, listOf, oneOf, orNull, record, type Schema, STRING } from './shape.ts'

const ARGV = listOf(STRING, 'The program and its arguments, without a shell')
const COMMANDS = (description: string): Schema => listOf(record({ argv: ARGV, why: STRING }), description)

export const PREPARE_SCHEMA = document(
  'prepare',
  'What a host needs to pass devices: planned, written or taken back',
  record({
    schema: { const: 'berth.prepare/1' },
    root: described(STRING, "Where the host's files lie"),
    system: described(
      orNull(record({ family: oneOf(['debian', 'rhel', 'unknown']), name: STRING })),
      'Null with --undo',
    ),
    bootLoaders: listOf(oneOf(['grub', 'kernel-install'])),
    state: oneOf(['planned', 'applied', 'undone', 'nothing-to-do']),
    changes: listOf(
      record({
        path: STRING,
        action: oneOf(['create', 'edit', 'link']),
        why: listOf(STRING),
        diff: described(STRING, 'Unified; of a link: the old and the new target'),
      }),
    ),
    restored: listOf(STRING, 'With --undo: paths that are as they were before'),
    commands: COMMANDS('What makes it take effect, in this order'),
    ran: listOf(
      record({
        argv: ARGV,
        exitStatus: described(orNull({ type: 'integer' }), 'Null = it could not be started'),
        output: STRING,
      }),
      'Those that were run, the last of which may have failed',
    ),
    remaining: COMMANDS('Those still to be run'),
    byHand: listOf(
      record({ what: STRING, text: STRING }),
      'What Berth does not know how to do on this system',
    ),
    notes: listOf(STRING, 'Risks and limits'),
    reboot: described(BOOLEAN, 'Whether it takes effect only after a reboot, which Berth never does'),
    check: listOf(STRING, 'What to run afterwards'),
  }),
)
