#!/bin/bash
# root-tree.sh TREE LOG: a Debian tree with QEMU, libvirt, Node and a kernel in the folder TREE. Shell, as debootstrap and apt are
# all that happens here. Touches nothing outside of TREE and LOG. What this file says is the tree's key in the cache.
set -euo pipefail
tree=$1 log=$2
# The mirror that this machine already uses.
mirror=${LAB_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | sort -u | head -1)}
debootstrap --variant=minbase trixie "$tree" "${mirror:-http://deb.debian.org/debian}" >"$log" 2>&1
# Nothing is started by an installation.
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod +x "$tree/usr/sbin/policy-rc.d"
cp /etc/resolv.conf /etc/hosts "$tree/etc/"
in_tree() { chroot "$tree" env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1; }
in_tree apt-get -q -y --no-install-recommends install \
  qemu-system-x86 qemu-utils seabios ovmf ipxe-qemu \
  libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-driver-nodedev \
  libvirt-daemon-driver-storage libvirt-daemon-driver-network libvirt-daemon-log libvirt-daemon-lock libvirt-clients \
  pciutils usbutils kmod busybox-static iproute2 e2fsprogs xz-utils nodejs udev procps mdevctl
# The kernel is unpacked only: its scripts would build an initramfs and look for a boot loader.
kernel=$(chroot "$tree" apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
in_tree sh -c "cd /tmp && apt-get -q download $kernel && dpkg -x linux-image-*.deb / && rm linux-image-*.deb"
in_tree depmod "$(ls "$tree/usr/lib/modules" | head -1)"
in_tree apt-get clean
