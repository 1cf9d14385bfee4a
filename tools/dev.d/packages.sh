# SPDX-License-Identifier: MIT
# What this machine must have, and how it gets it; sourced, not run.
#
# A need is WITNESS:PACKAGE. The witness is a command or a file that shows that the need is met, whoever
# installed it; without one the package itself is asked for. Checking needs neither network nor root.

run_needs=(
    g++:g++
    meson:meson
    ninja:ninja-build
    pkg-config:pkg-config
)

# Ranges of ids; without them a container has one. And what makes the command start faster.
run_extras=(newuidmap:uidmap musl-gcc:musl-tools)

test_needs=(
    clang++:clang
    clang-format:clang-format
    clang-tidy:clang-tidy
    /usr/include/gtest/gtest.h:libgtest-dev
    /usr/include/seccomp.h:libseccomp-dev # compiles the same filters, for comparison
    python3:python3
    pytest-3:python3-pytest
    :busybox-static # a busybox that is not static is no witness
    strace:strace
    bwrap:bubblewrap
    crun:crun
    runc:runc
    mmdebstrap:mmdebstrap
    aarch64-linux-gnu-g++:g++-aarch64-linux-gnu
    /usr/aarch64-linux-gnu/lib/libc.a:libc6-dev-arm64-cross
    qemu-aarch64-static:qemu-user-static
    dpkg-source:dpkg-dev
    abidiff:abigail-tools
    valgrind:valgrind
    git:git
    ps:procps
    ip:iproute2
    ping:iputils-ping
    setpriv:util-linux
    useradd:passwd
)

# For the fuzzer, for what is written in Rust and Go (the system's own cargo shows the oldest Rust), for the manual, for the
# completions of two shells, and for the reference.
test_extras=(:libclang-rt-dev /usr/bin/cargo:cargo cargo-fmt:rustfmt cargo-clippy:rust-clippy go:golang-go mandoc:mandoc zsh:zsh fish:fish
    doxygen:doxygen)

# For the suite of virtual machines, which installs them itself.
vm_needs=(qemu-system-x86_64:qemu-system-x86 qemu-system-aarch64:qemu-system-arm xz:xz-utils zstd:zstd dpkg-deb:dpkg)

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

met() {
    local witness=${1%%:*} package=${1##*:}
    case $witness in
    "") installed "$package" ;;
    /*) [ -e "$witness" ] ;;
    *) found "$witness" ;;
    esac
}

all_met() {
    local need
    for need in "$@"; do met "$need" || return; done
}

# install_missing NEED...: fails when something is missing and cannot be installed.
install_missing() {
    local need missing=()
    for need in "$@"; do
        met "$need" || missing+=("${need##*:}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! found apt-get || ! can_be_root; then
        say "missing, and not to be installed from here: ${missing[*]}"
        return 1
    fi
    say "installing ${missing[*]}"
    apt update || say "going on with the package lists that are there"
    apt install -y --no-install-recommends "${missing[@]}"
}

apt() {
    quietly "${TMPDIR:-/tmp}/ctr-dev-$(id -u)-apt.log" as_root timeout --kill-after=10 1800 \
        env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}
