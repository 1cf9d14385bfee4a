# SPDX-License-Identifier: MIT
# Runs a case as the ordinary user, says what came of it, and looks for what it left; sourced by root's start.sh.

rm -rf /run/case
mkdir /run/case
chown 1000:1000 /run/case

# What a container could leave: processes of its user, mounts, control groups, files.
traces() {
    processes_of_user
    cat /proc/mounts
    find /tmp /dev/shm /home/tester /run/user | sort
    find /sys/fs/cgroup -type d | sort
}

processes_of_user() {
    for process in /proc/[0-9]*; do
        case $(stat -c %u "$process" 2>/dev/null) in
        0 | "") ;;
        *) echo "process: $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) $(sed -n 's/^State:.//p' "$process/status" 2>/dev/null)" ;;
        esac
    done
}

# Processes that were killed are gone soon, not at once.
nothing_left() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        traces >/run/after
        cmp -s /run/before /run/after && return
        sleep 0.3
    done
    diff /run/before /run/after
    return 1
}

run_case() {
    traces >/run/before
    timeout 60 su tester -s /bin/sh -c ". /guest/cases.sh; set -eu; $1" >/run/said 2>&1 </dev/null
    status=$?
    if ! nothing_left >/run/left; then
        echo "left something: $(grep '^[+-][^+-]' /run/left)" >>/run/said
        [ "$status" -eq 77 ] || status=1
    fi
    case $status in
    0) echo "CASE ok $1" ;;
    77) echo "CASE skip $1: $(tail -n 1 /run/said)" ;;
    *)
        sed 's/^/# /' /run/said
        echo "CASE not ok $1: status $status"
        ;;
    esac
    if [ -s /run/case/note ]; then sed 's/^/NOTE /' /run/case/note; fi
    rm -rf /run/case/*
}
