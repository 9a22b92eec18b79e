/** How many virtual functions operators want of a PF, whatever the host has of them now. */
import type { Migration } from '../migrate.ts'

export const vfWishes: Migration = () => [
  'alter table devices add column wanted_vfs integer check (wanted_vfs > 0)',
  'alter table devices add column vf_autoprobe integer not null default 0 check (vf_autoprobe in (0, 1))',
]
