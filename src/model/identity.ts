/** Who asks, and what they may: roles, from the least to the most. */

/**
 * viewer: reads everything but other people's templates' secrets; user: owns VMs, sees and ends these only; operator: hosts, devices,
 * everybody's VMs; admin: tokens and quotas beside that.
 */
export const ROLES = ['viewer', 'user', 'operator', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** A person or program that asks through a door. */
export interface Person {
  readonly kind: 'person'
  /** Stands in the log: the token's name, or `local:<user>` for this machine's command line. */
  readonly name: string
  readonly role: Role
  /** The user whose VMs these are; null = a local operator, who owns none. */
  readonly owner: string | null
}

/** A host's agent: may speak of this host and of nothing else. */
export interface AgentIdentity {
  readonly kind: 'agent'
  readonly name: string
  readonly host: number
}

export type Identity = Person | AgentIdentity

/** Whether a role may do what that one may. */
export const mayAs = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least)
