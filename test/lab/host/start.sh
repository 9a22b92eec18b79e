#!/bin/bash
# start.sh: process 1 of the lab host, in place of systemd, which would take a minute in emulation. Mounts, udev, libvirt, then
# the commands that come through the share /out (channel.ts), or a shell on the second serial line.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-dumb} BERTH_DB=/var/lib/berth/berth.db
cmdline=" $(cat /proc/cmdline) "
mount -t tmpfs -o mode=755 run /run; mount -t tmpfs tmp /tmp
mkdir -p /dev/pts /dev/shm /run/lock /var/lib/berth /mnt/disk
mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm; mount -t cgroup2 cgroup2 /sys/fs/cgroup
hostname labhost; ip link set lo up
case $cmdline in *" lab.host="*) name=${cmdline#* lab.host=}; hostname "${name%% *}";; esac
/usr/lib/systemd/systemd-udevd --daemon
# Only what the lab uses: triggering everything takes a minute in emulation.
udevadm trigger --action=add --subsystem-match=pci --subsystem-match=usb --subsystem-match=virtio --subsystem-match=net --subsystem-match=block
udevadm settle --timeout=240
# The database's disk outlives a reboot.
[ "$(blkid -o value -s TYPE /dev/vda)" = ext4 ] || mke2fs -q -t ext4 /dev/vda
mount /dev/vda /var/lib/berth
modprobe vfio-pci
# As QEMU's user network has it: this machine's loopback is 10.0.2.2.
case $cmdline in *" lab.outside "*)
  link=$(basename /sys/bus/pci/devices/0000:00:09.0/virtio*/net/*)
  ip addr add 10.0.2.15/24 dev "$link"; ip link set "$link" up; ip route add default via 10.0.2.2;;
esac
cat >/usr/bin/berth <<'W'
#!/bin/sh
exec node /lab/berth/dist/berth.mjs "$@"
W
chmod +x /usr/bin/berth

# No systemd, no dbus, no polkit; one QEMU binary less to ask for its capabilities; what libvirt found out is kept between runs.
mkdir -p /etc/libvirt /var/cache/libvirt/qemu /out/capabilities /out/qemu-logs /var/log/libvirt
printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\n' >/etc/libvirt/qemu.conf
printf 'auth_unix_rw = "none"\nlog_outputs = "3:file:/out/libvirtd.log"\n' >/etc/libvirt/libvirtd.conf
rm -f /usr/bin/qemu-system-i386 /usr/bin/qemu-system-x86_64-microvm
mkdir -p /var/cache/libvirt/qemu/capabilities; cp -a /out/capabilities/. /var/cache/libvirt/qemu/capabilities/
rm -rf /var/log/libvirt/qemu; ln -s /out/qemu-logs /var/log/libvirt/qemu
libvirtd -d && virsh version --daemon && virsh domcapabilities --virttype qemu >/dev/null || echo "LAB-FAILED: no libvirt"
cp -a /var/cache/libvirt/qemu/capabilities/. /out/capabilities/

end() { echo "LAB-END"; kill $(jobs -p) 2>/dev/null; umount /var/lib/berth; sync; busybox poweroff -f; }
case $cmdline in *" lab.shell "*)
  echo "LAB-READY"
  setsid -c bash -l </dev/ttyS1 >/dev/ttyS1 2>&1
  end;;
esac

# Boot after boot, each command runs once: it is renamed before it runs. Waiting without a process each time: a fork takes 50 ms.
mkdir -p /out/commands; mkfifo /run/never; exec 9<>/run/never
cat /proc/sys/kernel/random/boot_id >/out/commands/.boot; mv /out/commands/.boot /out/commands/boot
(cd /var/lib/berth && exec node /lab/host/berth-many.mjs >/out/berth-many.log 2>&1 9<&-) &
echo "LAB-READY"
until [ -e /out/commands/end ]; do
  for script in /out/commands/*.todo; do
    [ -e "$script" ] || continue
    name=${script%.todo}; mv "$script" "$name.sh"
    bash "$name.sh" >"$name.stdout" 2>"$name.stderr" 9<&-
    echo $? >"$name.status"; mv "$name.status" "$name.done"
  done
  read -t 0.2 -u 9
done
end
