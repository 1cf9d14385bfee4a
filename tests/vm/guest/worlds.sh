# SPDX-License-Identifier: MIT
# What root does to a machine before the cases; sourced by start.sh.
# A word in the list of cases that begins with now_ is one of these.

now_open() { # as it was
    for name in user net mnt pid time cgroup; do echo 10000 >/proc/sys/user/max_${name}_namespaces; done
    echo 1 >/proc/sys/kernel/unprivileged_userns_clone
}

now_no_userns() { echo 0 >/proc/sys/kernel/unprivileged_userns_clone; }

none_of() { echo 0 >"/proc/sys/user/max_$1_namespaces"; }

now_none_of_user() { none_of user; }

now_none_of_net() { none_of net; }

now_none_of_mnt() { none_of mnt; }

now_none_of_pid() { none_of pid; }

now_none_of_time() { none_of time; }

now_none_of_cgroup() { none_of cgroup; }

now_processes_are_hidden() { mount -o remount,hidepid=2 /proc; }

now_processes_are_shown() { mount -o remount,hidepid=0 /proc; }

# As the engines of containers do it.
now_proc_is_covered() {
    mount --bind /dev/null /proc/kcore
    mount -t tmpfs -o ro,size=0 cover /proc/fs
}

now_proc_is_uncovered() { umount /proc/kcore /proc/fs; }

now_newuidmap_has_no_bit() { chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap; }

now_no_newuidmap() { rm /usr/bin/newuidmap /usr/bin/newgidmap; }

now_no_ranges() { : >/etc/subuid; }

now_no_terminal_device() { rm /dev/tty; }

now_a_terminal_device_again() { mknod -m 666 /dev/tty c 5 0; }

now_no_sysfs() { umount -l /sys; }

now_sysfs_again() { mount -t sysfs sys /sys; }

now_no_control_groups() { umount /sys/fs/cgroup; }

now_no_execution_from_memory() { echo 2 >/proc/sys/vm/memfd_noexec; }

now_ctr_init_is_installed() {
    mkdir -p /usr/local/libexec/ctr
    if [ -e /guest/ctr-init ]; then cp /guest/ctr-init /usr/local/libexec/ctr/; fi
}

now_the_root_is_read_only() { mount -o remount,ro /; }

# A profile is taken in one write.
now_profiles_are_loaded() {
    for profile in /profiles/*; do dd if="$profile" of=/sys/kernel/security/apparmor/.load bs=1M 2>/dev/null || return; done
}
