# SPDX-License-Identifier: MIT
# The machine's init: what every machine has, then the cases and what changes between them, and off.
/bin/busybox --install -s /bin 2>/dev/null
export PATH=/bin:/usr/bin HOME=/root TERM=dumb

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 run /run
mkdir -p /dev/pts /dev/shm /run/user/1000
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
mount -t securityfs security /sys/kernel/security 2>/dev/null
ln -sfn /proc/self/fd /dev/fd
chmod 666 /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx
chown 1000:1000 /run/user/1000
chmod 700 /run/user/1000
for module in /lib/*.ko; do insmod "$module" 2>/dev/null; done
ip link set lo up
hostname machine

. /guest/job
. /guest/worlds.sh
. /guest/runner.sh
echo "BEGIN of the cases"
for name in $steps; do
    case $name in
    now_*) "$name" || echo "CASE not ok $name: status $?" ;;
    *) run_case "$name" ;;
    esac
done
echo "END of the cases"
poweroff -f
