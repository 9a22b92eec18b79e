/** What `berth prepare --help` prints. */

export const HELP = `Usage: berth prepare [--apply | --undo] [options]

Writes what "berth doctor" asks for into this host's configuration: shows the whole difference first, and writes it
only with --apply. The originals are kept; --undo restores them exactly. It never reboots.

  --apply                    write it, then run what makes it take effect (update-grub, ...)
  --undo                     put everything back as it was before the first --apply
  --no-run                   print those commands, and do not run them
  --root DIR                 a host whose files lie below DIR; its commands are printed only
  -j, --json                 one JSON document ("berth schema prepare")
  -h, --help                 print this help

What a host is to do with its devices (each may be repeated):
  --device ADDRESS           bind this device to vfio-pci at boot, before its driver has it
  --ids VENDOR:DEVICE        bind all devices with these ids to vfio-pci, from the initramfs on
  --blacklist DRIVER         never load this driver for a device

And how:
  --early                    do it in the initramfs already, before drivers that are loaded there
  --iommu-passthrough        iommu=pt: devices that stay with the host keep their speed
  --allow-unsafe-interrupts  pass devices on hardware without interrupt remapping; a VM that has a device can then
                             send any interrupt to the host, and so crash it or take it over
  --qemu-user USER           let QEMU run as USER without libvirt: access to VFIO groups, memory that it may lock

Examples:
  $ berth prepare
  $ berth prepare --device 3b:00.0 --device 3b:00.1 --early
  $ berth prepare --ids 10de:20b0 --apply
  $ berth prepare --undo
`
