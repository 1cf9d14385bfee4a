// SPDX-License-Identifier: MIT
// The built-in profiles, each compiled program by an interpreter: a table of calls and what becomes of them.
#include "bpf_machine.h"
#include "compile/bpf.h"

#include <linux/capability.h>
#include <sched.h>
#include <set>
#include <string_view>

using namespace ctr;
using namespace ctr::test;

namespace {

constexpr uint32_t allowed = SECCOMP_RET_ALLOW;
constexpr uint32_t denied = SECCOMP_RET_ERRNO | EPERM;
constexpr uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr uint32_t ended = SECCOMP_RET_KILL_PROCESS;
constexpr uint64_t dirt = 0xdeadbeef00000000; // in the half of an int that the kernel does not look at
constexpr char const* profiles[] = {"default", "build", "strict", "contained", "crabcan"};

Bytecode program_of(std::string_view name, spec::Capabilities keep)
{
    for (size_t i = 0; i < compile::built_in_count; i++) {
        compile::BuiltIn const& one = compile::built_ins[i];
        if (name == one.name)
            return compile::settled({one.program, one.program + one.count}, keep);
    }
    return {};
}

uint32_t number_of(std::string_view name)
{
    for (size_t i = 0; i < compile::own_calls.count; i++)
        if (compile::own_calls.calls[i].name == name)
            return compile::own_calls.calls[i].number;
    return 0xffffff;
}

bool is_there(std::string_view name) { return number_of(name) != 0xffffff; }

std::set<uint32_t> known_numbers()
{
    std::set<uint32_t> numbers;
    for (size_t i = 0; i < compile::own_calls.count; i++)
        numbers.insert(compile::own_calls.calls[i].number);
    return numbers;
}

struct Row {
    char const* call;
    std::vector<uint64_t> arguments;
    char const* verdicts; // of default, build, strict, contained, crabcan: allowed, denied (P), unknown (N)
};

uint32_t verdict_of(char letter) { return letter == 'A' ? allowed : letter == 'P' ? denied : unknown; }

constexpr uint64_t user_namespace = CLONE_NEWUSER | 17; // SIGCHLD
constexpr uint64_t create = 0100;
constexpr uint64_t unnamed = 020000000;

std::vector<Row> const rows = {
    {"read", {}, "AAAAA"},
    {"execve", {}, "AAAAA"},
    {"exit_group", {}, "AAAAA"},
    {"futex_wait", {}, "AAAAA"}, // newer than many headers
    {"mseal", {}, "AAAAA"},
    // namespaces
    {"clone", {17}, "AAAAA"},
    {"clone", {CLONE_VM | CLONE_VFORK | CLONE_THREAD}, "AAAAA"},
    {"clone", {user_namespace}, "PAPPP"},
    {"clone", {user_namespace | dirt}, "PAPPP"},
    {"clone", {CLONE_NEWUSER | CLONE_NEWNS | 17}, "PAPPP"},
    {"clone", {CLONE_NEWNET | 17}, "PAPAA"},
    {"clone3", {}, "NANNN"},
    {"unshare", {CLONE_NEWUSER}, "PAPPP"},
    {"unshare", {CLONE_NEWUSER | dirt}, "PAPPP"},
    {"unshare", {CLONE_NEWNS}, "PAPAA"},
    {"unshare", {0x80}, "PAPAA"}, // CLONE_NEWTIME
    {"unshare", {CLONE_FILES | CLONE_FS}, "AAPAA"},
    {"setns", {}, "PAPAA"},
    // mounts
    {"mount", {}, "PAPAA"},
    {"umount2", {}, "PAPAA"},
    {"pivot_root", {}, "PAPAA"},
    {"open_tree", {}, "PAPAA"},
    {"open_tree_attr", {}, "PAPAA"},
    {"move_mount", {}, "PAPAA"},
    {"fsopen", {}, "PAPAA"},
    {"fsmount", {}, "PAPAA"},
    {"mount_setattr", {}, "PAPAA"},
    {"chroot", {}, "PAPAA"},
    // processes
    {"ptrace", {}, "AAPPA"},
    {"process_vm_writev", {}, "AAPAA"},
    {"pidfd_getfd", {}, "AAPAA"},
    {"personality", {0xffffffff}, "AAAAA"},
    {"personality", {0xffffffffffffffff}, "AAAAA"},
    {"personality", {0}, "AAPAA"},
    {"personality", {8}, "AAPAA"},
    {"personality", {0x0040000}, "PAPAA"},        // ADDR_NO_RANDOMIZE
    {"personality", {0x0040000 | dirt}, "PAPAA"}, // likewise
    // terminals
    {"ioctl", {0, 0x5412}, "PPPPP"}, // TIOCSTI
    {"ioctl", {0, 0x5412 | (uint64_t{1} << 32)}, "PPPPP"},
    {"ioctl", {0, 0x5412 | dirt}, "PPPPP"},
    {"ioctl", {dirt, 0x5412}, "PPPPP"},
    {"ioctl", {0, 0x5413}, "AAAAA"}, // TIOCGWINSZ
    {"ioctl", {0, 0x541b}, "AAAAA"}, // FIONREAD
    {"ioctl", {0, 0x541c}, "PPPAA"}, // TIOCLINUX
    {"ioctl", {0, 0x541c | dirt}, "PPPAA"},
    // sockets
    {"socket", {1}, "AAAAA"},
    {"socket", {2}, "AAAAA"},
    {"socket", {10}, "AAAAA"},
    {"socket", {1 | dirt}, "AAAAA"},
    {"socket", {16}, "AAPAA"},
    {"socket", {17}, "AAPAA"},
    {"socket", {38}, "PPPAA"}, // AF_ALG
    {"socket", {38 | dirt}, "PPPAA"},
    {"socket", {40}, "PPPAA"}, // AF_VSOCK
    {"socketpair", {1}, "AAAAA"},
    {"socketpair", {40}, "PPPAA"},
    // keys, and what has had more faults than users
    {"keyctl", {}, "PPPPP"},
    {"add_key", {}, "PPPPP"},
    {"request_key", {}, "PPPPP"},
    {"userfaultfd", {}, "PPPPP"},
    {"perf_event_open", {}, "PPPPP"},
    {"mbind", {}, "PAPPP"},
    {"migrate_pages", {}, "PPPPP"},
    {"move_pages", {}, "PPPPP"},
    {"set_mempolicy", {}, "PAPPP"},
    {"bpf", {}, "PPPAA"},
    {"io_uring_setup", {}, "PPPNN"},
    {"io_uring_enter", {}, "PPPAA"},
    {"init_module", {}, "PPPAA"},
    {"kexec_load", {}, "PPPAA"},
    {"reboot", {}, "PPPAA"},
    {"settimeofday", {}, "PPPAA"},
    {"open_by_handle_at", {}, "PPPAA"},
    {"swapon", {}, "PPPAA"},
    {"quotactl", {}, "PPPAA"},
    {"syslog", {}, "PPPAA"},
    // setuid and setgid bits, by every way that has a mode
    {"chmod", {0, 0755}, "AAAAA"},
    {"chmod", {0, 01777}, "AAAAA"},
    {"chmod", {0, 04755}, "AAPPP"},
    {"chmod", {0, 02755}, "AAPPP"},
    {"chmod", {0, 04755 | dirt}, "AAPPP"},
    {"chmod", {0, 0100000 | 04755}, "AAPPP"},
    {"fchmod", {0, 04755}, "AAPPP"},
    {"fchmodat", {0, 0, 04755}, "AAPPP"},
    {"fchmodat", {0, 0, 0755}, "AAAAA"},
    {"fchmodat2", {0, 0, 02755}, "AAPPP"},
    {"fchmodat2", {0, 0, 0755}, "AAAAA"},
    {"creat", {0, 04755}, "AAPPP"},
    {"open", {0, create, 0644}, "AAAAA"},
    {"open", {0, create, 04755}, "AAPPP"},
    {"open", {0, unnamed, 04755}, "AAPPP"},
    {"open", {0, 0, 04755}, "AAAAA"}, // the mode is not looked at
    {"openat", {0, 0, create | dirt, 04755}, "AAPPP"},
    {"openat", {0, 0, unnamed | 2, 02755}, "AAPPP"},
    {"openat", {0, 0, 0, 07777}, "AAAAA"},
    {"openat2", {}, "AANNN"},
    {"mknod", {0, 04755}, "AAPPP"},
    {"mknodat", {0, 0, 02755}, "AAPPP"},
    {"mknodat", {0, 0, 010644}, "AAAAA"}, // a FIFO
};

struct Gate {
    char const* call;
    unsigned capability;
};
constexpr Gate gates[] = {{"mount", CAP_SYS_ADMIN},         {"move_mount", CAP_SYS_ADMIN},
                          {"setns", CAP_SYS_ADMIN},         {"clone3", CAP_SYS_ADMIN},
                          {"bpf", CAP_SYS_ADMIN},           {"bpf", CAP_BPF},
                          {"perf_event_open", CAP_PERFMON}, {"perf_event_open", CAP_SYS_ADMIN},
                          {"chroot", CAP_SYS_CHROOT},       {"reboot", CAP_SYS_BOOT},
                          {"init_module", CAP_SYS_MODULE},  {"acct", CAP_SYS_PACCT},
                          {"settimeofday", CAP_SYS_TIME},   {"open_by_handle_at", CAP_DAC_READ_SEARCH},
                          {"syslog", CAP_SYSLOG},           {"mbind", CAP_SYS_NICE},
                          {"vhangup", CAP_SYS_TTY_CONFIG},  {"unshare", CAP_SYS_ADMIN}};

uint32_t asked(Bytecode const& program, char const* call, std::vector<uint64_t> const& arguments = {})
{
    return interpret(program, call_data(compile::own_calls.arch, number_of(call), arguments));
}

} // namespace

TEST(profiles, the_kernel_would_take_every_program)
{
    for (char const* profile : profiles)
        for (spec::Capabilities const keep : {spec::Capabilities{0}, spec::all_capabilities})
            EXPECT_EQ(bytecode_fault(program_of(profile, keep)), "") << profile;
}

TEST(profiles, calls_become_what_the_table_says)
{
    for (size_t i = 0; i < std::size(profiles); i++) {
        Bytecode const program = program_of(profiles[i], 0);
        for (Row const& row : rows)
            if (is_there(row.call)) {
                EXPECT_EQ(asked(program, row.call, row.arguments), verdict_of(row.verdicts[i]))
                    << profiles[i] << ", " << row.call << " with " << testing::PrintToString(row.arguments);
            }
    }
}

TEST(profiles, what_needs_a_capability_is_there_with_it_and_with_no_other)
{
    for (Gate const& gate : gates) {
        if (!is_there(gate.call))
            continue;
        std::vector<uint64_t> const arguments = {CLONE_NEWNS};
        spec::Capabilities const with = spec::Capabilities{1} << gate.capability;
        spec::Capabilities others = ~with;
        if (gate.capability == CAP_BPF || gate.capability == CAP_PERFMON || gate.call == std::string_view("bpf") ||
            gate.call == std::string_view("perf_event_open"))
            others &= ~(spec::Capabilities{1} << CAP_SYS_ADMIN | spec::Capabilities{1} << CAP_BPF |
                        spec::Capabilities{1} << CAP_PERFMON);
        EXPECT_EQ(asked(program_of("default", with), gate.call, arguments), allowed) << gate.call;
        EXPECT_NE(asked(program_of("default", others), gate.call, arguments), allowed) << gate.call;
        EXPECT_NE(asked(program_of("strict", spec::all_capabilities), gate.call, arguments), allowed) << gate.call;
    }
}

TEST(profiles, no_mark_of_a_template_is_left)
{
    for (char const* profile : profiles)
        for (sock_filter const& one : program_of(profile, 0)) {
            if (one.code == (BPF_RET | BPF_K)) {
                EXPECT_NE(one.k & SECCOMP_RET_ACTION_FULL, static_cast<uint32_t>(SECCOMP_RET_TRACE)) << profile;
            }
        }
}

TEST(profiles, default_and_strict_have_a_word_for_every_call_that_the_headers_know)
{
    for (char const* profile : {"default", "strict", "build"}) {
        Bytecode const program = program_of(profile, 0);
        for (size_t i = 0; i < compile::own_calls.count; i++) {
            std::string_view const name = compile::own_calls.calls[i].name;
            if (name != "clone3" && name != "openat2") {
                EXPECT_NE(asked(program, compile::own_calls.calls[i].name), unknown) << profile << " forgets " << name;
            }
        }
    }
}

TEST(profiles, numbers_that_nobody_knows_are_not_there)
{
    std::set<uint32_t> const known = known_numbers();
    for (char const* profile : {"default", "strict", "build"}) {
        Bytecode const program = program_of(profile, spec::all_capabilities);
        for (uint32_t number = 0; number < 2000; number++)
            if (known.count(number) == 0) {
                EXPECT_EQ(interpret(program, call_data(compile::own_calls.arch, number)), unknown) << number;
            }
        for (uint32_t const number : {0x3fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU})
            EXPECT_EQ(interpret(program, call_data(compile::own_calls.arch, number)), unknown) << number;
    }
}

TEST(profiles, other_ways_into_the_kernel_end_the_process)
{
    std::vector<uint32_t> arches = {
        0, 0xffffffff, AUDIT_ARCH_ARM, AUDIT_ARCH_PPC64, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64};
    for (char const* profile : profiles)
        for (uint32_t const arch : arches) {
            bool const narrow = arch == compile::narrow_calls.arch && std::string_view(profile) == "build";
            if (arch == compile::own_calls.arch || narrow)
                continue;
            for (uint32_t number = 0; number < 600; number++)
                EXPECT_EQ(interpret(program_of(profile, spec::all_capabilities), call_data(arch, number)), ended);
        }
}

TEST(profiles, calls_of_the_x32_kind_end_the_process)
{
    if (!compile::own_calls.has_x32)
        GTEST_SKIP() << "this processor has no x32";
    for (char const* profile : profiles) {
        Bytecode const program = program_of(profile, spec::all_capabilities);
        for (uint32_t number = 0x40000000; number < 0x40000400; number++)
            EXPECT_EQ(interpret(program, call_data(compile::own_calls.arch, number)), ended) << profile;
        EXPECT_EQ(interpret(program, call_data(compile::own_calls.arch, 0x7fffffff)), ended);
    }
}

TEST(profiles, programs_of_32_bits_make_no_sockets_that_cannot_be_looked_at)
{
    if (compile::narrow_calls.arch != AUDIT_ARCH_I386)
        GTEST_SKIP() << "this processor has no i386";
    Bytecode const program = program_of("build", 0);
    auto const verdict = [&](uint32_t number, std::vector<uint64_t> const& arguments) {
        return interpret(program, call_data(AUDIT_ARCH_I386, number, arguments));
    };
    constexpr uint32_t socketcall = 102;
    constexpr uint32_t socket = 359;
    EXPECT_EQ(verdict(socketcall, {1, 0x1000}), denied); // SYS_SOCKET
    EXPECT_EQ(verdict(socketcall, {8, 0x1000}), denied); // SYS_SOCKETPAIR
    EXPECT_EQ(verdict(socketcall, {3, 0x1000}), allowed);
    EXPECT_EQ(verdict(socket, {1}), allowed);
    EXPECT_EQ(verdict(socket, {38}), denied);
    EXPECT_EQ(verdict(socket, {40}), denied);
    EXPECT_EQ(verdict(54, {0, 0x5412}), denied); // ioctl TIOCSTI
    EXPECT_EQ(verdict(288, {}), denied);         // keyctl
    EXPECT_EQ(verdict(4, {}), allowed);          // write
    EXPECT_EQ(verdict(7, {}), allowed);          // waitpid
    EXPECT_EQ(verdict(113, {}), denied);         // vm86old
    EXPECT_EQ(verdict(1000, {}), unknown);
}
