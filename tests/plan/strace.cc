// SPDX-License-Identifier: MIT
// The plan is the strace that one can read before running it: a real start, as the caller is, under `strace -f`. What
// ctr-init and the command's process called after the gate is what the operations say, in their order.
//
// With `--start FILE` this program is the one that is traced: it writes the calls that its plan foretells, and starts it.
#include "config/config.h"
#include "container/container.h"
#include "difference.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ctr::test {

namespace {

using plan::Op;
using plan::OpCode;
using Names = std::vector<std::string>;

// Since 6.12 a kernel tells them, where struct sched_attr has the runtime.
bool has_slices()
{
    uint64_t attributes[6] = {};
    return ::syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0) == 0 && attributes[3] != 0;
}

// The calls of an operation. One that ends with "+" stands for as many as the kernel has capabilities.
Names calls_of(Op const& op)
{
    switch (op.code) {
    case OpCode::open_tree: return {"open_tree"};
    case OpCode::set_mount: return {"mount_setattr"};
    case OpCode::open_in_root: return {"openat2"};
    case OpCode::open_at: return {"openat"};
    case OpCode::make_dir: return {"mkdirat"};
    case OpCode::make_file: return {"mknodat"};
    case OpCode::make_link: return {"symlinkat"};
    case OpCode::check_type:
    case OpCode::check_device: return {"statx"};
    case OpCode::check_same:
    case OpCode::check_root: return {"statx", "statx"};
    case OpCode::move_mount: return {"move_mount"};
    case OpCode::fs_open: return {"fsopen"};
    case OpCode::fs_set:
    case OpCode::fs_set_layers:
    case OpCode::fs_create: return {"fsconfig"};
    case OpCode::fs_mount: return {"fsmount"};
    case OpCode::write_file: return {"write"};
    case OpCode::close_slot: return {"close"};
    case OpCode::enter_dir: return {"fchdir"};
    case OpCode::pivot_root: return {"pivot_root"};
    case OpCode::detach_here: return {"umount2"};
    case OpCode::set_propagation: return {"mount"};
    case OpCode::unshare: return {"unshare"};
    case OpCode::join: return {"setns"};
    case OpCode::enter_net: return {"setns", "close"};
    case OpCode::check_net: return {};
    case OpCode::set_hostname: return {"sethostname"};
    case OpCode::open_socket: return {"socket"};
    case OpCode::bring_up: return {"ioctl"};
    case OpCode::terminal:
        return {op.terminal.call == plan::TerminalCall::give        ? "fchown"
                : op.terminal.call == plan::TerminalCall::hand_over ? "sendmsg"
                                                                    : "ioctl"};
    case OpCode::new_session: return {"setsid"};
    case OpCode::set_umask: return {"umask", "umask"};
    case OpCode::set_limit: return {"prlimit64", "prlimit64"};
    case OpCode::set_nice: return {"setpriority", "getpriority"};
    case OpCode::set_processors: return {"sched_setaffinity", "sched_getaffinity"};
    case OpCode::join_keyring: return {"keyctl"};
    case OpCode::make_rules: return {"landlock_create_ruleset"};
    case OpCode::allow_path: return {"openat", "statx", "landlock_add_rule", "close"};
    case OpCode::allow_port: return {"landlock_add_rule"};
    case OpCode::restrict_self: return {"landlock_restrict_self"};
    case OpCode::check_user:
        return op.check_user.count < 0 ? Names{"getresuid", "getresgid"}
                                       : Names{"getresuid", "getresgid", "getgroups", "getgroups"};
    case OpCode::check_capabilities: return {"capget", "prctl+"};
    case OpCode::check_privileges: return {"prctl"};
    case OpCode::check_calls: return {}; // no filter is around
    case OpCode::check_map: return {"pread64"};
    case OpCode::check_mount: return {"fstatfs"};
    case OpCode::check_namespaces: return op.check_namespaces.hostname.at == 0 ? Names{} : Names{"uname"};
    case OpCode::check_descriptors:
        return Names(static_cast<size_t>(op.check_descriptors.below), "fcntl"); // the listed ones are below
    case OpCode::own_cores: return {"prctl"};
    case OpCode::limit_processes:
        return {"prlimit64", "prlimit64"}; // tgkill(2) before it, as often as the thread needs
    case OpCode::change_dir: return {"chdir"};
    case OpCode::change_dir_if_same: return {"openat", "statx", "fchdir", "close"};
    case OpCode::check_cwd: return {"getcwd"};
    case OpCode::place_fd:
    case OpCode::merge_fd: return {"dup3"};
    case OpCode::lift_fds:
        return Names(static_cast<size_t>(op.lift_fds.count) + 2, "fcntl"); // and the host's, the channel
    case OpCode::close_from: return {"close_range", "fcntl"};
    case OpCode::set_dumpable: return {"prctl", "prctl"};
    case OpCode::die_with_parent:
    case OpCode::no_new_privs:
    case OpCode::clear_ambient: return {"prctl"};
    case OpCode::filter: return {"prctl", "seccomp"};
    case OpCode::drop_bounding: return {"prctl+"};
    case OpCode::set_capabilities: return {"capget", "capset"};
    case OpCode::set_groups: return {"setgroups"};
    case OpCode::set_group: return {"setresgid"};
    case OpCode::set_user: return {"setresuid"};
    case OpCode::announce_pid: return {"getpid"};
    case OpCode::exec: return {"execve"};
    case OpCode::default_signals: break;
    }
    Names names = {"setitimer", "rt_sigprocmask"}; // the host is watched by a timer until here,
    if (has_slices())                              // and the time slices are short
        names.insert(names.end(), {"sched_getattr", "sched_setattr"});
    names.insert(names.end(), 64, "rt_sigaction");
    names.emplace_back("rt_sigprocmask");
    return names;
}

// -------------------------------------------------------------------------------------- the traced program

config::Config wishes()
{
    config::Config config;
    char const* const argv[] = {"/bin/true", nullptr};
    (void)config::set_command(config, argv); // wrong shapes would be seen by the start
    (void)config::set_choice(config, Call::set_map, config.map, CTR_MAP_SINGLE, CTR_MAP_NONE);
    (void)config::set_hostname(config, "traced");
    (void)config::add_rlimit(config, RLIMIT_CORE, 0, 0);
    (void)config::set_nice(config, 1);
    (void)config::set_cpu_affinity(config, "0");
    (void)config::set_oom_score_adj(config, 1000);
    (void)config::add_fd(config, STDERR_FILENO, 7);
    (void)config::set_stdio(config, 0, CTR_STDIO_NULL, -1);
    (void)config::add_mount(config, "/etc", "/tmp/etc", "bind", CTR_MOUNT_NOFOLLOW, nullptr);
    (void)config::add_file(config, "/etc/ctr-traced", "x", 1, 0644);
    (void)config::add_symlink(config, "etc", "/tmp/link");
    return config;
}

void write_section(std::ofstream& file, plan::Plan const& plan, plan::Section section, char const* who)
{
    for (uint32_t i = section.first; i < section.first + section.count; i++)
        for (std::string const& name : calls_of(plan.ops()[i]))
            file << who << ' ' << name << '\n';
}

// Each process starts a timer that watches the host while operations run.
void write_watch(std::ofstream& file, char const* who)
{
    for (char const* name : {"rt_sigaction", "rt_sigprocmask", "setitimer"})
        file << who << ' ' << name << '\n';
}

// Exits with the command's status; 125 where the container does not start.
int start(char const* expected)
{
    if (::chdir("/usr") != 0) // a directory that is the same one inside
        return 125;
    config::Config const config = wishes();
    Result<container::PreparedPtr> const prepared = container::prepare(config, {});
    if (!prepared)
        return 125;
    plan::Plan const& plan = prepared.value()->plan;
    {
        std::ofstream file(expected);
        write_watch(file, "init");
        write_section(file, plan, plan.header().enter, "init");
        write_section(file, plan, plan.header().setup, "init");
        file << "init setitimer\ninit rt_sigprocmask\n"; // while it sleeps the command's process watches
        file << "init clock_gettime\n";                  // its time begins
        write_watch(file, "command");
        write_section(file, plan, plan.header().payload, "command");
    }
    container::Program const program;
    auto const container = container::start(config, {}, program, {});
    if (!container)
        std::fprintf(stderr, "%s (errno %d)\n", container.error().message.c_str(), container.error().sys);
    Result<container::Outcome> const outcome = container ? container.value()->wait(30000) : container.error();
    return outcome ? outcome.value().code : 125;
}

// ----------------------------------------------------------------------------------------------- the test

std::string self() { return std::filesystem::read_symlink("/proc/self/exe"); }

int run(std::string const& command)
{
    int const status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

class Directory {
public:
    Directory() { path_ = ::mkdtemp(pattern_); }
    Directory(Directory const&) = delete;
    Directory& operator=(Directory const&) = delete;
    ~Directory()
    {
        std::error_code ignored; // what cannot be removed stays
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(char const* name) const { return path_ + "/" + name; }

private:
    char pattern_[32] = "/tmp/ctr-strace.XXXXXX";
    std::string path_;
};

struct Trace {
    Names order;                        // of processes
    std::map<std::string, Names> calls; // of each
};

// A slow start is interrupted by the timer that looks at the host: one ppoll, and the way back.
void note(Names& calls, std::string const& name)
{
    bool const back = name == "rt_sigreturn" && !calls.empty() && calls.back() == "ppoll";
    if (back)
        calls.pop_back();
    else
        calls.push_back(name);
}

// Lines of `strace -f -o`: "PID name(arguments) = result"; a call that was interrupted by another process's line is
// "PID name(… <unfinished ...>", and its end is "PID <... name resumed>…".
Trace read_trace(std::string const& path)
{
    Trace trace;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string process;
        std::string call;
        words >> process >> call;
        size_t const open = call.find('(');
        if (open == std::string::npos || open == 0)
            continue; // the end of a call, a signal or an exit
        if (line.find("= -1 EAGAIN") != std::string::npos && call.compare(0, 8, "openat2(") == 0)
            continue; // it is asked again
        if (trace.calls.count(process) == 0)
            trace.order.push_back(process);
        note(trace.calls[process], call.substr(0, open));
    }
    return trace;
}

// What ctr-init called after it had its second packet, the gate, and closed its door; up to the clone of the command.
Names after_the_gate(Names const& calls)
{
    size_t at = 0;
    for (int packets = 0; at < calls.size() && packets < 3; at++) // launch, start, gate
        packets += calls[at] == "recvmsg" ? 1 : 0;
    for (int asked = 0; asked < 2 && at < calls.size() && calls[at] == "prctl"; asked++)
        at++;
    Names names;
    for (; at < calls.size() && calls[at] != "clone3" && calls[at] != "clone"; at++)
        if (calls[at] != "futex") // it waits for its thread, or does not have to
            names.push_back(calls[at]);
    return names;
}

Names expected_calls(std::string const& path, std::string const& who)
{
    Names names;
    std::ifstream file(path);
    for (std::string process, name; file >> process >> name;)
        if (process == who)
            names.push_back(name);
    return names;
}

std::string lines(Names const& names)
{
    std::string out;
    for (std::string const& name : names)
        out += name + "\n";
    return out;
}

// Replaces the run of calls that an element with "+" stands for by that element.
Names with_runs(Names const& calls, Names const& expected)
{
    Names out;
    size_t at = 0;
    for (std::string const& name : expected) {
        if (at < calls.size() && name.back() == '+' && calls[at] == name.substr(0, name.size() - 1)) {
            while (at < calls.size() && calls[at] == name.substr(0, name.size() - 1))
                at++;
            out.push_back(name);
        } else if (at < calls.size()) {
            out.push_back(calls[at++]);
        }
    }
    out.insert(out.end(), calls.begin() + static_cast<std::ptrdiff_t>(at), calls.end());
    return out;
}

} // namespace

TEST(strace, shows_what_the_plan_foretold)
{
    Directory const directory;
    std::string const expected = directory / "expected";
    std::string const log = directory / "log";
    std::string const quiet = " >" + (directory / "output") + " 2>&1";
    if (run("strace -f -o " + log + " true" + quiet) != 0)
        GTEST_SKIP() << "strace is not installed or may not trace here";
    if (run(self() + " --start " + expected + quiet) != 0)
        GTEST_SKIP() << "containers cannot be started here: " << std::ifstream(directory / "output").rdbuf();
    ASSERT_EQ(run("strace -f -o " + log + " " + self() + " --start " + expected + quiet), 0)
        << std::ifstream(directory / "output").rdbuf();
    Trace const trace = read_trace(log);
    ASSERT_EQ(trace.order.size(), 4U) << "the host, ctr-init, its thread and the command";
    Names const init = expected_calls(expected, "init");
    Names const command = expected_calls(expected, "command");
    EXPECT_GT(init.size(), 20U);
    EXPECT_EQ(difference(lines(init), lines(after_the_gate(trace.calls.at(trace.order[1])))), "");
    Names const thread = {"unshare", "socket", "ioctl", "futex", "ioctl", "close", "futex", "exit"};
    EXPECT_EQ(lines(trace.calls.at(trace.order[2])), lines(thread));
    Names own = with_runs(trace.calls.at(trace.order[3]), command);
    own.resize(std::min(own.size(), command.size())); // behind exec it is the command that calls
    EXPECT_EQ(difference(lines(command), lines(own)), "");
}

} // namespace ctr::test

int main(int count, char** words)
{
    if (count == 3 && std::string(words[1]) == "--start")
        return ctr::test::start(words[2]);
    testing::InitGoogleTest(&count, words);
    return RUN_ALL_TESTS();
}
