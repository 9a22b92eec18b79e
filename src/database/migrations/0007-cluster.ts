/** Hosts behind agents, who may do what, and what changed: a cluster of more than one machine. */
import type { Migration } from '../migrate.ts'

export const cluster: Migration = (identity) => [
  'alter table hosts add column agent integer not null default 0 check (agent in (0, 1))',
  'alter table hosts add column periods text',
  'alter table vms add column owner text',
  `create table agents (
    host integer primary key references hosts (id),
    credential_hash text not null unique,
    joined_at bigint not null,
    incarnation text,
    version text,
    last_message bigint not null default 0,
    last_report bigint not null default 0,
    heard_at bigint,
    compared integer not null default 0 check (compared in (0, 1))
  )`,
  `create table report_sections (
    host integer not null references hosts (id),
    section text not null,
    hash text not null,
    body text not null,
    primary key (host, section)
  )`,
  `create table errands (
    id ${identity},
    host integer not null references hosts (id),
    kind text not null check (kind in ('probe', 'libvirt', 'prepare')),
    body text not null,
    state text not null check (state in ('waiting', 'done', 'failed')),
    answer text,
    created_at bigint not null,
    finished_at bigint,
    check ((state = 'waiting') = (finished_at is null))
  )`,
  `create index errands_waiting on errands (host) where state = 'waiting'`,
  `create table tokens (
    id ${identity},
    name text not null unique check (name <> ''),
    owner text not null check (owner <> ''),
    role text not null check (role in ('admin', 'operator', 'user', 'viewer')),
    hash text not null unique,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint,
    used_at bigint
  )`,
  `create table join_tokens (
    id ${identity},
    host integer not null references hosts (id),
    hash text not null unique,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint not null,
    used_at bigint
  )`,
  `create table quotas (
    owner text not null check (owner <> ''),
    selector text not null,
    most integer not null check (most >= 0),
    primary key (owner, selector)
  )`,
  `create table audit (
    id ${identity},
    at bigint not null,
    who text not null,
    role text not null,
    origin text,
    action text not null,
    subject text,
    outcome text not null,
    facts text not null
  )`,
  'create index audit_by_time on audit (at)',
  `create table changes (
    id ${identity},
    at bigint not null,
    kind text not null check (kind in ('vm', 'host', 'order', 'template')),
    subject integer not null
  )`,
  'create index changes_by_kind on changes (kind, id)',
  'create index vms_by_owner on vms (owner) where owner is not null',
]
