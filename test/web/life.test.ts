/** A VM's life, as the page reads it from the history. */
import { describe, expect, test } from 'vitest'
import type { VmState } from '../../src/model/vm.ts'
import { lifeOf } from '../../src/web/vms/life.ts'

const life = (state: VmState, ...lines: string[]): string =>
  lifeOf({ state, history: lines.map((what, index) => ({ at: `2026-11-27T00:00:0${index}Z`, what })) })
    .map((step) => ({ past: step.state, now: `[${step.state}]`, ahead: `(${step.state})` })[step.when])
    .join(' ')

const STARTED = ['created, PENDING', 'BOOT: placed on host a with 0000:01:00.0', 'RUNNING']
const STOPPED = [...STARTED, 'SHUTDOWN, then POWEROFF', 'POWEROFF: 1 device is back']

describe('the life of a VM', () => {
  test.each<readonly [string, string, VmState, readonly string[]]>([
    ['one that waits', '[PENDING] (BOOT) (RUNNING)', 'PENDING', ['created, PENDING']],
    ['one on hold', '[HOLD] (PENDING) (BOOT) (RUNNING)', 'HOLD', ['created, HOLD']],
    [
      'a hold before is a part of it',
      'HOLD [PENDING] (BOOT) (RUNNING)',
      'PENDING',
      ['created, HOLD', 'PENDING'],
    ],
    ['one that runs', 'PENDING BOOT [RUNNING]', 'RUNNING', STARTED],
    ['one that stops', 'PENDING BOOT RUNNING [SHUTDOWN] (POWEROFF)', 'SHUTDOWN', STOPPED.slice(0, 4)],
    [
      'one that ends for good',
      'PENDING BOOT RUNNING [SHUTDOWN] (DONE)',
      'SHUTDOWN',
      [...STARTED, 'SHUTDOWN, then DONE'],
    ],
    [
      'started anew: what was before is past',
      '[PENDING] (BOOT) (RUNNING)',
      'PENDING',
      [...STOPPED, 'PENDING'],
    ],
    [
      'a line that promises a state is none',
      'PENDING [BOOT] (RUNNING)',
      'BOOT',
      [...STARTED.slice(0, 2), 'POWEROFF as soon as its deploy has ended'],
    ],
    ['a state that its history has not yet', 'PENDING BOOT RUNNING [UNKNOWN]', 'UNKNOWN', STARTED],
    [
      'one that could not start',
      'PENDING BOOT [BOOT_FAILURE]',
      'BOOT_FAILURE',
      [...STARTED.slice(0, 2), 'BOOT_FAILURE: deploy on host a failed (libvirt)'],
    ],
  ])('%s', (_, expected, state, lines) => {
    expect(life(state, ...lines)).toBe(expected)
  })
})
