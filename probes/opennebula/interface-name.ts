/** Which of a function's network interfaces is its own: in switchdev mode the representors hang on the same function. */
import { readAttribute } from '../read.ts'

/**
 * What a representor of a VF, PF or subfunction calls its port: `pf0vf1`, `c1pf0sf2`; the wire's is `p0`
 * (Documentation/networking/devlink/devlink-port.rst, Documentation/networking/switchdev.rst).
 */
const REPRESENTOR = /^(?:c\d+)?pf\d+(?:(?:vf|sf)\d+)?$/

/** The first that is no representor, else the first; null = there is none. CommandFailed `unreadable`. */
export function interfaceName(sysfs: string, interfaces: readonly string[]): string | null {
  const [first = null, ...others] = interfaces
  if (others.length === 0) return first
  return interfaces.find((name) => !REPRESENTOR.test(portName(sysfs, name))) ?? first
}

function portName(sysfs: string, name: string): string {
  try {
    return readAttribute(`${sysfs}/class/net/${name}/phys_port_name`) ?? ''
  } catch {
    // A driver without port names answers EOPNOTSUPP: then there are no representors.
    return ''
  }
}
