/** VMs against their claims and orders (pure; design.md, "A VM's life" and invariant 9). */

import type { VmOrder } from '../model/order.ts'
import type { Rows, Violation } from './check.ts'
import type { StoredOrder } from './orders.ts'
import type { StoredVm } from './vms.ts'

export function checkVms(rows: Rows): Violation[] {
  const open = new Map<number, StoredOrder<VmOrder>>()
  const deploys = new Map<number, StoredOrder<VmOrder>>()
  for (const order of rows.orders) {
    if (order.state === 'waiting' || order.state === 'taken') open.set(order.order.vm, order)
    if (order.order.kind === 'deploy') deploys.set(order.order.vm, order)
  }
  const passed = new Map<number, number>()
  for (const { vm, role } of rows.claims) if (role === 'passed') passed.set(vm, (passed.get(vm) ?? 0) + 1)
  const usb = new Map<number, number>()
  for (const { vm } of rows.usbClaims) usb.set(vm, (usb.get(vm) ?? 0) + 1)
  return [...rows.vms.values()].flatMap((vm) => {
    const order = open.get(vm.id)
    const giving = order && onlyForgets(order) ? order : deploys.get(vm.id)
    return [
      ...checkOrder(vm, order),
      ...checkDevices(vm, giving, plugged(vm, rows.orders, passedDevices), passed.get(vm.id) ?? 0),
      ...checkUsbDevices(vm, giving, plugged(vm, rows.orders, usbDevices), usb.get(vm.id) ?? 0),
      ...checkGoal(vm),
      ...checkEpochs(vm, rows.orders),
    ]
  })
}

/** What it was given is back, and a host where it ran is to delete its UEFI variables. */
function onlyForgets({ order }: StoredOrder<VmOrder>): boolean {
  return order.kind === 'release' && order.forgetFirmware === true && order.devices.length === 0 && !order.usb
}

/** Each placement had an epoch of its own, and none was later than the VM's: old orders and domains are told by it. */
function checkEpochs(vm: StoredVm, orders: readonly StoredOrder<VmOrder>[]): Violation[] {
  const placements = orders.filter(({ order }) => order.vm === vm.id && order.kind === 'deploy')
  const epochs = placements.map(({ order }) => order.epoch)
  const last = Math.max(0, ...epochs)
  if (last <= vm.epoch && new Set(epochs).size === epochs.length) return []
  return [
    {
      code: 'epoch-used-again',
      message: `VM ${vm.id} is at epoch ${vm.epoch} and was placed with ${epochs.join(', ')}: two placements cannot be told apart`,
    },
  ]
}

/** BOOT has its deploy order, SHUTDOWN its release order, one that runs may have a hot-plug's, the others none; all of the VM's host and epoch. */
function checkOrder(vm: StoredVm, open: StoredOrder<VmOrder> | undefined): Violation[] {
  const wanted = vm.state === 'BOOT' ? 'deploy' : vm.state === 'SHUTDOWN' ? 'release' : null
  const found = open?.order.kind ?? null
  const plugs = found === 'attach' || found === 'detach'
  const runs = vm.state === 'RUNNING' || vm.state === 'UNKNOWN'
  if (found !== wanted && !(plugs && runs))
    return [
      {
        code: 'order-and-state',
        message: `VM ${vm.id} is ${vm.state} and has ${found === null ? 'no open order' : `an open ${found} order`}; it should have ${wanted === null ? 'none' : `a ${wanted} order`}`,
      },
    ]
  if (!open || (open.order.epoch === vm.epoch && open.order.host === vm.host)) return []
  const { id, epoch, host } = open.order
  return [
    {
      code: 'order-and-epoch',
      message: `order ${id} of VM ${vm.id} is of epoch ${epoch} on host ${host}, the VM is at epoch ${vm.epoch} on host ${vm.host}`,
    },
  ]
}

const passedDevices = ({ devices }: VmOrder): number => devices.filter(({ role }) => role === 'passed').length
const usbDevices = ({ usb = [] }: VmOrder): number => usb.length

/** How many devices hot-plug has added to what the deploy gave; null = one was withdrawn, and what it gave goes back with all else. */
function plugged(
  vm: StoredVm,
  orders: readonly StoredOrder<VmOrder>[],
  devicesOf: (order: VmOrder) => number,
): number | null {
  let sum = 0
  for (const { order, state } of orders) {
    if (order.vm !== vm.id || order.epoch !== vm.epoch) continue
    const count = devicesOf(order)
    if (order.kind === 'attach' && state !== 'failed') sum += count
    if (order.kind === 'detach' && state === 'done') sum -= count
    if ((order.kind === 'attach' || order.kind === 'detach') && vm.state === 'SHUTDOWN') return null
  }
  return sum
}

/** A placed VM holds as many devices as its deploy, and what was attached and detached since, promised it. */
function checkDevices(
  vm: StoredVm,
  deploy: StoredOrder<VmOrder> | undefined,
  more: number | null,
  passed: number,
): Violation[] {
  if (vm.host === null) return []
  if (!deploy)
    return [
      {
        code: 'placed-without-order',
        message: `VM ${vm.id} is ${vm.state}, but no order of epoch ${vm.epoch} placed it`,
      },
    ]
  if (more === null) return []
  const promised = passedDevices(deploy.order) + more
  if (promised === passed) return []
  return [
    {
      code: 'devices-missing',
      message: `VM ${vm.id} is ${vm.state} and holds ${passed} devices; it was promised ${promised}`,
    },
  ]
}

function checkUsbDevices(
  vm: StoredVm,
  deploy: StoredOrder<VmOrder> | undefined,
  more: number | null,
  held: number,
): Violation[] {
  if (vm.host === null || !deploy || more === null) return []
  const promised = usbDevices(deploy.order) + more
  if (promised === held) return []
  return [
    {
      code: 'devices-missing',
      message: `VM ${vm.id} is ${vm.state} and holds ${held} USB devices; it was promised ${promised}`,
    },
  ]
}

function checkGoal(vm: StoredVm): Violation[] {
  if (vm.state !== 'SHUTDOWN' || vm.afterRelease !== null) return []
  return [
    { code: 'release-to-nowhere', message: `VM ${vm.id} is SHUTDOWN, and nothing says what comes after` },
  ]
}
