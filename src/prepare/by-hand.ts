/** What an operator is told to do by hand: parameters where Berth knows no way, everything on a system that it does not know. Pure. */
import { hasSystemdBoot } from './boot-loader.ts'
import type { ParameterWish } from './command-line.ts'
import type { ByHand, Plan } from './edit.ts'
import type { System } from './family.ts'
import type { HostFiles } from './host-files.ts'
import { KERNEL_CMDLINE } from './kernel-cmdline.ts'

const SETTINGS = "on the kernel's command line, in the settings of this host's boot loader"

export function parametersByHand(
  { family }: System,
  files: HostFiles,
  { add, remove }: ParameterWish,
): readonly ByHand[] {
  const image = files.exists('/run/ostree-booted')
  const what =
    family !== 'unknown' && !image && hasSystemdBoot(files)
      ? `Make ${KERNEL_CMDLINE} of what this host boots with (root=... and more, which Berth does not find), and put there`
      : `Put ${SETTINGS}`
  return [
    ...(add.length === 0 ? [] : [{ what, text: add.join(' ') }]),
    ...(remove.length === 0 ? [] : [{ what: `Take away ${SETTINGS}`, text: remove.join(' ') }]),
  ]
}

/** The plan with texts in place of edits and commands. */
export function allByHand<P extends Plan>(plan: P): P {
  const texts = plan.edits.map((edit) => ({
    what:
      edit.kind === 'link' ? `Make the link ${edit.path} to` : `Let ${edit.path} be (${edit.why.join('; ')})`,
    text: edit.after,
  }))
  const rebuild = plan.edits.some(({ path }) => path.startsWith('/etc/modprobe.d'))
    ? [
        {
          what: 'Rebuild the initramfs with the tool of this system, so that it has',
          text: '/etc/modprobe.d',
        },
      ]
    : []
  return {
    ...plan,
    byHand: [...plan.byHand, ...texts, ...rebuild],
    edits: [],
    commands: [],
    undoCommands: [],
  }
}
