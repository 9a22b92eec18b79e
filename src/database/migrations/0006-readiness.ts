/** What each host's last report said of its readiness to pass devices. */
import type { Migration } from '../migrate.ts'

export const readiness: Migration = () => ['alter table hosts add column readiness text']
