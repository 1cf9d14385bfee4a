# SPDX-License-Identifier: MIT
# What the tools of a root do, host's or own; sourced, not run. in_box runs a command in a container, where the files of
# tools/ are in /tools, and /scratch is writable and stays.

# with_tool PROGRAM NAME COMMAND...: a test that needs a program which a container can execute.
with_tool() {
    if in_box -- sh -c "command -v $1 && $1 --version >/dev/null 2>&1 || $1 version" >/dev/null 2>&1; then
        check "$2" said_by "${@:3}"
    else
        skip "$2" "there is no $1 here that containers of this user can execute"
    fi
}

# A test says what ran also where it passes.
said_by() {
    local status=0
    "$@" >"$work/said" 2>&1 || status=$?
    if [ "$status" -eq 0 ]; then ran "$work/said" >&3; else cat "$work/said"; fi
    return "$status"
}
exec 3>&1

# The line that tells what ran.
ran() { grep -E '^(Ran |ran: |node |[0-9]+ threads|C\+\+ |test result|ok  |Tests result)' "$1" | sed 's|^|#   |' | head -n 20; }

c_threads() {
    in_box -- cc -O1 -Wall -Wextra -Werror -pthread -o /scratch/threads /tools/threads.c && in_box -- /scratch/threads
}

cxx_threads() {
    cat >"$work/main.cc" <<'END'
#include <filesystem>
#include <future>
#include <iostream>
#include <stdexcept>
#include <vector>
int main()
{
    std::vector<std::future<int>> parts;
    for (int i = 0; i < 20; ++i)
        parts.push_back(std::async(std::launch::async, [i] { return i % 2 ? throw std::runtime_error("odd") : i; }));
    int sum = 0, thrown = 0;
    for (auto& part : parts)
        try { sum += part.get(); } catch (std::runtime_error const&) { ++thrown; }
    std::cout << "C++ futures: " << sum << ' ' << thrown << '\n';
    return sum == 90 && thrown == 10 && std::filesystem::exists("/proc/self/exe") ? 0 : 1;
}
END
    in_box -- sh -ec 'g++ -std=c++17 -O1 -pthread -flto -o main main.cc && ./main'
}

python_suite() { in_box -- python3 -B /tools/suite.py; }

node_suite() { in_box -- node /tools/suite.js; }

# The registry of crates is not reached, nor needed.
rust_suite() {
    in_box -- sh -ec 'rm -rf crate && cp -r /tools/crate . && cd crate && cargo test --offline' &&
        grep -q 'test result: ok. 7 passed' "$work/said"
}

# Packages of the standard library, which try more of a system than most programs.
go_suite() {
    in_box -e GOCACHE=/gocache -e GOPROXY=off -e GOFLAGS=-p=2 -e GOTMPDIR=/scratch -- \
        go test -short -count=1 os/exec os/signal path/filepath os/user sync &&
        in_box -e GOCACHE=/gocache -e GOPROXY=off -e GOFLAGS=-p=2 -e GOTMPDIR=/scratch -- \
            go test -short -count=1 -run 'TCP|UDP|Unix|Listen|Dial|Accept|Conn' net
}

go_program() {
    in_box -e GOCACHE=/gocache -e GOPROXY=off -e GOTMPDIR=/scratch -- \
        sh -ec 'rm -rf module && cp -r /tools/module . && cd module && go vet ./... && go run .'
}

# Everything that came out belongs to the caller: root inside is the caller outside.
only_own_files() { [ -z "$(find "$work" ! -user "$(id -u)" -print | tee /dev/stderr)" ]; }
