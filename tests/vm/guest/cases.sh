# SPDX-License-Identifier: MIT
# What is tried, as an ordinary user; a case's name is the sentence that it shows. Sourced by the runner, one case at a time.
export PATH=/bin:/usr/bin HOME=/home/tester TERM=dumb XDG_RUNTIME_DIR=/run/user/1000
cd /home/tester
work=/run/case

fail() {
    echo "$*"
    if [ -e $work/out ]; then sed 's/^/out: /' $work/out; fi
    if [ -e $work/err ]; then sed 's/^/err: /' $work/err; fi
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

# What the host prints beside the case.
note() { echo "$*" >>$work/note; }

# try WORDS...: ctr with these words; what it said is in out and err, and its status in $status.
try() {
    status=0
    ctr "$@" >$work/out 2>$work/err </dev/null || status=$?
}

ends_with() { [ "$status" -eq "$1" ] || fail "the status is $status, not $1"; }

prints() { [ "$(cat $work/out)" = "$1" ] || fail "it does not print \"$1\""; }

says() { grep -qF -e "$1" $work/out $work/err || fail "it does not say \"$1\""; }

says_not() { ! grep -qF -e "$1" $work/out $work/err || fail "it says \"$1\""; }

# An error that a person can do something about.
refused_with_advice() {
    ends_with 125
    note "$(grep -v '^$' $work/err | tr '\n' ' ')"
    grep -q '^ctr: .' $work/err || fail "there is no error message"
    grep -q 'hint: .' $work/err || fail "there is no hint"
    says "$1"
}

# A small tree of its own: the same programs, and a file that nothing else has.
make_root() {
    root=$work/root
    mkdir -p $root/bin $root/etc $root/proc $root/sys $root/dev $root/tmp
    cp /bin/busybox /bin/ctr $root/bin/
    for name in sh id cat hostname readlink ls grep sleep; do ln -s busybox $root/bin/$name; done
    echo root:x:0:0::/:/bin/sh >$root/etc/passwd
    echo "the own tree" >$root/mark
}

the_command_is_of_this_kind_of_processor() {
    try run -- uname -rm
    ends_with 0
    note "$(cat $work/out)"
    says "$(uname -m)"
    case $(uname -m) in
    x86_64) machine=3e ;;
    aarch64) machine=b7 ;;
    esac
    [ "$(hexdump -s 18 -n 1 -e '1/1 "%02x"' /bin/ctr)" = $machine ] || fail "ctr is for another one"
}

a_start_gives_the_status_of_its_command() {
    try run -- sh -c 'echo inside; exit 7'
    ends_with 7
    prints inside
}

a_signal_that_ends_the_command_is_its_status() {
    try run -- sh -c 'kill -9 $$'
    ends_with 137
}

a_command_that_is_not_there_is_told_so() {
    try run -- /no/such/command
    ends_with 127
    says /no/such/command
}

a_rootfs_is_the_root() {
    make_root
    try run --rootfs $root --hostname inside -- sh -c 'id -u; hostname; cat /mark'
    ends_with 0
    prints "0
inside
the own tree"
}

a_read_only_rootfs_gets_its_mount_points() {
    make_root
    mkdir $work/shown
    echo shown >$work/shown/file
    rmdir $root/tmp
    try run --rootfs $root --read-only -v $work/shown:/a/b/c:ro -- sh -c 'cat /a/b/c/file; echo x >/mark'
    ends_with 1
    says shown
    says "Read-only file system"
    [ ! -e $root/a ] || fail "something was made in the tree"
}

the_root_of_the_machine_is_read_only_and_homes_are_hidden() {
    try run -- sh -c 'echo x >/bin/new 2>/dev/null; echo $?; ls -A /home /root | grep -v :'
    says_not tester
    grep -q 1 $work/out || fail "the root is writable"
}

proc_shows_the_container_only() {
    try run -- sh -c 'ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; id -u'
    ends_with 0
    [ "$(head -n 1 $work/out)" -le 4 ] || fail "too many processes"
}

an_own_network_has_a_loopback_only() {
    outside=$(readlink /proc/self/ns/net)
    try run -- sh -c "[ \$(readlink /proc/self/ns/net) != $outside ]; ls /sys/class/net; ping -c 1 -W 5 127.0.0.1"
    ends_with 0
    says lo
    says_not eth
}

the_network_of_the_machine_can_be_shared() {
    try run --net host -- readlink /proc/self/ns/net
    ends_with 0
    prints "$(readlink /proc/self/ns/net)"
}

a_range_of_ids_is_mapped() {
    try run --map subid -- cat /proc/self/uid_map
    ends_with 0
    says 65536
}

a_single_id_is_mapped() {
    try run --map single -- cat /proc/self/uid_map
    ends_with 0
    says 1000
    says_not 65536
}

another_user_can_be_the_one_inside() {
    try run --map subid --user 33:44 -- sh -c 'id -u; id -g'
    ends_with 0
    prints "33
44"
}

system_calls_are_filtered() {
    try run -- grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
    ends_with 0
    says "2"
    try run -- unshare -U true
    [ "$status" -ne 0 ] || fail "a user namespace inside"
    says "Operation not permitted"
    try run -- mount -t tmpfs x /tmp
    [ "$status" -ne 0 ] || fail "a mount inside"
}

without_a_filter_these_calls_are_made() {
    try run --security-opt seccomp=unconfined -- unshare -U true
    ends_with 0
}

landlock_does_what_this_kernel_offers() {
    mkdir -p $work/shown
    chmod 777 $work/shown
    try run -v $work/shown:/mnt --landlock exec=/ --landlock write=/dev --landlock mode=preferred --report $work/report \
        -- sh -c 'echo x >/mnt/file'
    note "landlock: $(tr -d '\n' <$work/report | grep -o '"landlock": *{[^}]*}\|"landlock": *[^,]*' | head -n 1)"
    if grep -q landlock /sys/kernel/security/lsm; then
        ends_with 1
        [ ! -e $work/shown/file ] || fail "it was written"
    else
        ends_with 0
        [ -e $work/shown/file ] || fail "it was not written"
    fi
}

a_port_of_landlock_is_refused_by_an_older_kernel() {
    try run --landlock exec=/ --landlock connect=80 -- true
    case $(uname -r) in
    6.1.*) refused_with_advice Landlock ;;
    *) ends_with 0 ;;
    esac
}

explain_prints_the_plan_and_runs_nothing() {
    try explain -- sh -c 'exit 7'
    ends_with 0
    says pivot
}

a_named_container_is_found_and_stopped() {
    try run -d --name one --rm -- sh -c 'echo started; sleep 60'
    ends_with 0
    try exec one -- sh -c 'echo further; hostname'
    ends_with 0
    says further
    try pause one
    note "pause: status $status $(cat $work/err)"
    try resume one
    try logs one
    says started
    try stop one
    ends_with 0
    try ps
    says_not one
    rm -rf /run/user/1000/ctr
}

a_time_limit_ends_it_all() {
    try run --timeout 1 -- sh -c 'sleep 60 & sleep 60'
    ends_with 124
}

a_limit_on_processes_holds() {
    try run --pids-limit 6 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; wait'
    [ "$status" -ne 0 ] || fail "it made eight"
    says "can't fork"
}

a_clock_can_be_shifted() {
    try run --time-offset boottime=100000 -- cut -d. -f1 /proc/uptime
    ends_with 0
    [ "$(cat $work/out)" -ge 100000 ] || fail "the clock is not shifted"
}

a_terminal_of_its_own_is_one() {
    try run -t -- sh -c 'tty; [ -t 0 ] && echo terminal'
    ends_with 0
    says terminal
}

limits_of_time_on_processors_are_seen() {
    try run --cpu-timeout 1 --timeout 30 -- sh -c 'while :; do :; done'
    ends_with 124
    says_not "30 s"
}

the_control_groups_are_read_only_and_the_containers_own() {
    try run -- sh -c 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/x'
    says "0::/"
    [ ! -e /sys/fs/cgroup/x ] || fail "it made a control group"
}

no_attempt_to_get_out_succeeds() {
    try selftest
    note "$(tail -n 1 $work/out)"
    ends_with 0
}

no_attempt_to_get_out_of_a_rootfs_succeeds() {
    make_root
    try selftest --rootfs $root
    note "$(tail -n 1 $work/out)"
    ends_with 0
}

a_nested_container_starts() {
    try run --map subid --security-opt seccomp=build --security-opt unmask=ALL -- ctr run -- sh -c 'echo nested; id -u'
    ends_with 0
    says nested
}

# ------------------------------------------------------------------------------------- machines that somebody has closed

starts() {
    try run "$@" -- sh -c 'echo works'
    ends_with 0
    prints works
}

# refused TEXT WORDS...: such a start is refused, and what it says has the text.
refused() {
    expected=$1
    shift
    try run "$@" -- sh -c 'echo works'
    refused_with_advice "$expected"
}

an_older_kernel_is_told_by_the_call_that_it_lacks() { refused mount_setattr; }

a_start_says_that_user_namespaces_are_switched_off() { refused kernel.unprivileged_userns_clone; }

a_start_says_that_no_user_namespaces_are_allowed() { refused user.max_user_namespaces; }

a_start_says_that_no_network_namespaces_are_allowed() { refused user.max_net_namespaces; }

without_network_namespaces_the_network_of_the_machine_still_goes() { starts --net host; }

a_start_says_that_no_mount_namespaces_are_allowed() { refused user.max_mnt_namespaces; }

a_start_says_that_no_pid_namespaces_are_allowed() { refused user.max_pid_namespaces; }

a_start_says_that_no_time_namespaces_are_allowed() { refused user.max_time_namespaces; }

a_start_says_that_no_control_group_namespaces_are_allowed() { refused user.max_cgroup_namespaces; }

a_start_with_hidden_processes_is_one() {
    ls -d /proc/1 2>/dev/null && fail "they are not hidden"
    starts
}

a_start_with_hidden_processes_maps_ranges() { starts --map subid; }

a_start_with_a_covered_proc_says_so() { refused "unmask"; }

a_start_with_a_covered_proc_can_show_that_of_the_machine() { starts --proc host; }

a_start_with_a_covered_proc_can_do_without() { starts --proc none; }

a_start_without_proc_works_or_says_so() {
    try run -- sh -c 'echo works'
    [ "$status" -eq 0 ] || refused_with_advice /proc
}

a_start_without_newuidmap_has_a_single_id() {
    starts
    try run -- cat /proc/self/uid_map
    says_not 65536
}

ranges_without_newuidmap_are_refused() { refused "uidmap on Debian" --map subid; }

ranges_without_an_entry_in_subuid_are_refused() { refused "/etc/subuid" --map subid; }

a_newuidmap_without_its_setuid_bit_is_told() { refused "setuid bit" --map subid; }

a_start_without_a_terminal_device_says_which() { refused '"/dev/tty"'; }

a_start_without_sysfs_says_so() { refused "/sys"; }

a_start_without_control_groups_is_one() { starts; }

a_start_without_memory_files_says_what_to_install() { refused vm.memfd_noexec; }

a_start_by_an_installed_ctr_init_is_one() {
    [ -e /usr/local/libexec/ctr/ctr-init ] || skip "there is no ctr-init beside this ctr"
    starts
    starts --map subid
}

a_start_without_ipv6_has_a_loopback() {
    [ ! -e /proc/sys/net/ipv6 ] || fail "IPv6 is there"
    an_own_network_has_a_loopback_only
}

a_start_on_the_kernels_first_file_system_says_so() { refused initramfs; }

a_rootfs_on_the_kernels_first_file_system_says_so() {
    make_root
    refused initramfs --rootfs $root
}

landlock_that_must_be_says_that_it_is_not_there() { refused lsm= --landlock exec=/; }

landlock_that_is_preferred_is_left_out() { starts --landlock exec=/ --landlock mode=preferred; }

a_start_is_one_with_a_read_only_root() {
    touch /anything 2>/dev/null && fail "the root is writable"
    starts
}

a_profile_that_takes_capabilities_away_is_told() { confined_by takes_capabilities; }

a_profile_that_denies_user_namespaces_is_told() { confined_by denies_namespaces; }

# As the engines of Ubuntu's kernels put it on everybody.
confined_by() {
    status=0
    sh -c "echo exec $1 >/proc/self/attr/apparmor/exec; exec ctr run -- sh -c 'echo works'" >$work/out 2>$work/err </dev/null || status=$?
    refused_with_advice AppArmor
}
