#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The first program of the machine: makes the root file system from the archive beside it, and goes there.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
if grep -q ctr.root=initramfs /proc/cmdline; then
    cpio -i </tree.cpio 2>/dev/null # on what is there: a root that cannot be moved away
    rm /tree.cpio
    umount /proc
    exec /bin/sh /guest/start.sh
fi
mount -t tmpfs -o mode=755 root /new
(cd /new && cpio -i </tree.cpio 2>/dev/null)
umount /proc
exec switch_root /new /bin/busybox sh /guest/start.sh
