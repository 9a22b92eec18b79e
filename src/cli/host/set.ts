/** `berth host set`: what an operator says anew of a host. */
import { type Command, InvalidArgumentError } from 'commander'
import { DEFAULT_PERIODS } from '../../model/agent-protocol.ts'
import { apiPath, callApi } from '../api-client.ts'
import { type Cli, given, type JsonOption, leaf, nameArgument, nothing, print } from '../command.ts'
import { attribute, collect } from './add.ts'

interface SetOptions extends JsonOption {
  /** `--no-filter` = false. */
  readonly filter?: readonly string[] | boolean
  readonly period?: Readonly<Record<string, number | null>>
  readonly attribute?: Readonly<Record<string, string>>
}

const PROBES = Object.keys(DEFAULT_PERIODS)

/** `devices=600`; `devices=default` takes back what was said. */
function period(
  text: string,
  before: Readonly<Record<string, number | null>> = {},
): Readonly<Record<string, number | null>> {
  const match = /^([a-z]+)=(\d{1,5}|default)$/.exec(text)
  const [, probe = '', seconds = ''] = match ?? []
  if (!PROBES.includes(probe))
    throw new InvalidArgumentError(
      `It must be PROBE=seconds or PROBE=default; the probes: ${PROBES.join(', ')}.`,
    )
  return { ...before, [probe]: seconds === 'default' ? null : Number(seconds) }
}

export function setCommand(group: Command, cli: Cli): void {
  const set = leaf(
    group.command('set').description('change what a host offers, how often it is probed, and its attributes'),
    [
      'host set kvm-a --filter 10de: --filter 15b3::0200',
      'host set kvm-a --no-filter --period devices=300 --attribute RACK=7',
    ],
  )
    .argument('<host>', 'id or name', nameArgument)
    .option('--filter <filter>', 'devices to offer, in the place of those before; repeatable', collect)
    .option('--no-filter', 'offer all devices')
    .option(
      '--period <probe=seconds>',
      `how often its agent probes: ${PROBES.join(', ')}; repeatable (=default takes it back)`,
      period,
    )
    .option(
      '--attribute <name=value>',
      'for SCHED_REQUIREMENTS and SCHED_RANK; repeatable; without a value it goes',
      attribute,
    )
  set.action(async (host: string, options: SetOptions) => {
    const body = given({
      filter: filterOf(options.filter),
      periods: options.period,
      attributes: options.attribute && withoutEmpty(options.attribute),
    })
    if (Object.keys(body).length === 0)
      set.error('berth: nothing to set: --filter, --no-filter, --period or --attribute')
    print(cli, options, await callApi(cli.ports, 'PATCH', apiPath('hosts', host), body), nothing)
  })
}

function filterOf(filter: SetOptions['filter']): string | null | undefined {
  if (filter === false) return null
  return filter === undefined || filter === true ? undefined : filter.join(',')
}

function withoutEmpty(attributes: Readonly<Record<string, string>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, value === '' ? null : value]),
  )
}
