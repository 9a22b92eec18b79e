/** `berth completion`: the script that makes a shell complete berth's commands, options, names and addresses. */
import { Argument, type Command } from 'commander'
import type { Cli } from '../command.ts'
import { SCRIPTS, type Shell } from './scripts.ts'

const AFTER = `
Names of hosts, VMs, templates and contexts and addresses of devices are asked of where commands go; what does not answer
within three seconds completes nothing, and says nothing.

Examples:
  $ berth completion bash > ~/.local/share/bash-completion/completions/berth
  $ berth completion zsh > ~/.zfunc/_berth     # a folder of fpath
  $ berth completion fish > ~/.config/fish/completions/berth.fish`

export function completionCommand(command: Command, cli: Cli): void {
  command
    .description('Prints the script that makes a shell complete commands, options, names and addresses.')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', AFTER)
    .action((shell: Shell) => cli.ports.stdout(SCRIPTS[shell]))
}
