/** Loads a kernel module where a driver is missing; injected into the binding so that a simulated host needs none. */
import { execa } from 'execa'
import { CommandFailed } from '../model/errors.ts'

/** Runs `modprobe NAME`. `CommandFailed` `module-load-failed` with its words where it fails or takes longer than `timeoutMs`. */
export async function loadModule(name: string, timeoutMs: number): Promise<void> {
  try {
    await execa('modprobe', [name], { timeout: timeoutMs, stdin: 'ignore' })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').slice(-1)[0] : String(error)
    throw new CommandFailed(
      'module-load-failed',
      `Cannot load the kernel module ${name}: ${reason}. Run 'modprobe ${name}' as root to see why.`,
      { module: name },
      error,
    )
  }
}
