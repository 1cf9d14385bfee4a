// SPDX-License-Identifier: MIT
// A filter around ctr-init lets every call of one kind seem to succeed that is never made: once with each system call
// there is. Either the start fails and says where, or the command sees the very same box as without the filter.
//
// The filter knows ctr-init by its addresses, which are low: this program, the library in it and the command are not.
#include "plans.h"

extern "C" {
#include "support.h"
}

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <map>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr unsigned no_call = 100000;
constexpr unsigned last_call = 470;
constexpr unsigned init_end = 0x1000000; // above ctr-init's addresses
constexpr uint64_t setup_ms = 1000;
constexpr int patience_ms = 3000;

// What a filter lets seem to succeed: every call of a kind, or those with a value among their arguments.
struct Lie {
    unsigned call;
    int argument = -1; // -1 is all calls
    uint32_t value = 0;
};

// Calls of the start that a filter can tell from those that ctr-init makes to see it. What is not among them is a
// move_mount(2) onto one certain name and its like: only the numbers of two descriptors tell those apart.
constexpr unsigned detach = 2; // MNT_DETACH
constexpr Lie chosen[] = {
    {__NR_prctl, 0, PR_SET_NO_NEW_PRIVS},
    {__NR_prctl, 0, PR_CAPBSET_DROP},
    {__NR_prctl, 0, PR_SET_DUMPABLE},
    {__NR_prctl, 0, PR_CAP_AMBIENT},
    {__NR_prctl, 0, PR_GET_SECCOMP},
    {__NR_seccomp, 0, SECCOMP_SET_MODE_FILTER},
    {__NR_unshare, 0, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC},
    {__NR_unshare, 0, CLONE_NEWNET},
    {__NR_unshare, 0, CLONE_NEWCGROUP},
    {__NR_unshare, 0, CLONE_NEWTIME},
    {__NR_setns, 1, CLONE_NEWNET},
    {__NR_mount_setattr, 4, sizeof(mount_attr)},
    {__NR_fsconfig, 1, FSCONFIG_CMD_CREATE},
    {__NR_close_range, 2, CLOSE_RANGE_CLOEXEC},
    {__NR_umount2, 1, detach},
    {__NR_mount, 3, MS_REC | MS_PRIVATE},
    {__NR_keyctl, 0, KEYCTL_JOIN_SESSION_KEYRING},
    {__NR_dup3, 1, 7},
    {__NR_sethostname, 1, 3},
    {__NR_ioctl, 1, SIOCSIFFLAGS},
    {__NR_move_mount, 4, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH},
    {__NR_prlimit64, 1, RLIMIT_CORE},
    {__NR_setpriority, 0, PRIO_PROCESS},
};

constexpr Lie none = {no_call};

bool install(Lie const& lie)
{
    constexpr unsigned char next = 0;
    auto const argument =
        static_cast<unsigned>(offsetof(seccomp_data, args) + 8U * static_cast<unsigned>(lie.argument));
    bool const all = lie.argument < 0;
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, next, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, init_end, 5, next),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lie.call, next, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, all ? unsigned{offsetof(seccomp_data, nr)} : argument),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, all ? lie.call : lie.value, next, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog const filter = {sizeof program / sizeof *program, program};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0)
        return true; // root keeps its privileges, so that their refusal shows
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

// A box with something of everything.
ctr_config* wishes(char const* state, int output)
{
    ctr_config* config = ctr_config_new();
    char const* const command[] = {"/opt/state", nullptr};
    ctr_config_set_command(config, command);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    ctr_config_set_hostname(config, "box");
    ctr_add_mount(config, state, "/opt/state", "bind", MS_RDONLY, nullptr);
    ctr_add_mount(config, "/usr", "/mnt", "bind", MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_REC, nullptr);
    ctr_config_add_file(config, "/etc/ctr-state", "x", 1, 0600);
    ctr_config_add_rlimit(config, RLIMIT_CORE, 0, 0);
    ctr_config_add_rlimit(config, RLIMIT_NOFILE, 512, 512);
    ctr_config_set_nice(config, 3);
    ctr_config_set_umask(config, 077);
    ctr_config_set_cwd(config, "/usr");
    ctr_config_set_oom_score_adj(config, 900);
    ctr_config_set_cpu_affinity(config, "0");
    ctr_config_add_time_offset(config, CLOCK_BOOTTIME, 1000, 0);
    ctr_config_drop_capability(config, "CHOWN");
    ctr_config_set_setup_timeout(config, setup_ms);
    ctr_config_add_landlock_path(config, "/", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE);
    ctr_config_add_landlock_path(config, "/tmp", CTR_LANDLOCK_READ | CTR_LANDLOCK_WRITE);
    ctr_config_set_landlock_mode(config, CTR_LANDLOCK_PREFERRED);
    for (char const* name : {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time"}) {
        char number[64] = "";
        if (::readlink((std::string("/proc/self/ns/") + name).c_str(), number, sizeof number - 1) > 0)
            ctr_config_add_env(config, name, number);
    }
    ctr_config_set_stdio(config, 0, CTR_STDIO_NULL, -1);
    ctr_config_set_stdio(config, 1, CTR_STDIO_FD, output);
    ctr_config_set_stdio(config, 2, CTR_STDIO_FD, output);
    ctr_config_add_fd(config, output, 7);
    return config;
}

// In a process of its own, because nobody gets rid of a filter.
void start_under(Lie const& lie, char const* state, int output, int story)
{
    if (!install(lie)) {
        ::dprintf(story, "no filter");
        return;
    }
    ctr_config* config = wishes(state, output);
    (void)::close(output); // the container's command has it
    ctr_container* container = nullptr;
    ctr_error* error = nullptr;
    if (ctr_spawn(config, &container, &error) == 0) {
        ::dprintf(story, "started");
        pollfd ended = {ctr_container_pidfd(container), POLLIN, 0};
        (void)::poll(&ended, 1, patience_ms); // or it is ended
    } else {
        ::dprintf(story, "%s: %s: %s", ctr_error_step(error), ctr_error_subject(error), ctr_error_message(error));
    }
    ctr_container_free(container);
    ctr_error_free(error);
    ctr_config_free(config);
}

std::string read_until_end(int fd)
{
    std::string text;
    char buffer[16384];
    pollfd ready = {fd, POLLIN, 0};
    while (::poll(&ready, 1, 2 * patience_ms) > 0) {
        ssize_t const got = ::read(fd, buffer, sizeof buffer);
        if (got <= 0)
            break;
        text.append(buffer, static_cast<size_t>(got));
    }
    return text;
}

struct Result {
    std::string story; // "started", or the error
    std::string seen;  // by the command
};

Result result_of(Lie const& lie, char const* state)
{
    int output[2];
    int story[2];
    if (::pipe2(output, O_CLOEXEC) != 0 || ::pipe2(story, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    pid_t const child = ::fork();
    if (child == 0) {
        start_under(lie, state, output[1], story[1]);
        ::_exit(0);
    }
    (void)::close(output[1]);
    (void)::close(story[1]);
    Result result;
    result.seen = read_until_end(output[0]);
    result.story = read_until_end(story[0]);
    (void)::close(output[0]);
    (void)::close(story[0]);
    (void)::kill(child, SIGKILL); // it may have ended
    (void)::waitpid(child, nullptr, 0);
    return result;
}

std::vector<std::string> lines_of(std::string const& text)
{
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        size_t const end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// Tells each line that only one of them has.
bool is_same_box(std::string const& plain, std::string const& seen)
{
    std::map<std::string, int> balance;
    for (std::string const& line : lines_of(plain))
        balance[line]++;
    for (std::string const& line : lines_of(seen))
        balance[line]--;
    bool same = true;
    for (auto const& [line, count] : balance)
        if (count != 0) {
            same = false;
            std::printf("  %s: \"%s\"\n", count > 0 ? "missing" : "more", line.c_str());
        }
    return same;
}

// Whether the start was refused.
bool try_lie(Lie const& lie, Result const& plain, char const* state)
{
    Result const result = result_of(lie, state);
    bool const started = result.story == "started";
    if (started)
        expect(is_same_box(plain.seen, result.seen), "the command has another box: call %u, argument %d is %u",
               lie.call, lie.argument, lie.value);
    // Where the report is what seems to be sent, the command ran until the start was given up, and saw the same.
    if (!started)
        expect(result.story.find(": ") != std::string::npos && result.story[0] != ':' &&
                   plain.seen.compare(0, result.seen.size(), result.seen) == 0,
               "call %u: \"%s\", and the command wrote \"%s\"", lie.call, result.story.c_str(), result.seen.c_str());
    if (std::getenv("VERBOSE") != nullptr && (!started || lie.argument >= 0))
        std::printf("  call %u, %d, %u: %s\n", lie.call, lie.argument, lie.value, result.story.c_str());
    return !started;
}

void try_all(Result const& plain, char const* state)
{
    constexpr int least_refused = 40;
    begin_case("a_call_that_seems_to_succeed_is_noticed_or_makes_no_difference");
    int refused = 0;
    for (unsigned call = 0; call <= last_call; call++)
        refused += try_lie({call}, plain, state) ? 1 : 0;
    expect(refused >= least_refused, "only %d calls were noticed: the filter is not around ctr-init", refused);
}

void try_chosen(Result const& plain, char const* state)
{
    begin_case("one_of_many_calls_of_a_kind_that_seems_to_succeed_is_noticed_or_makes_no_difference");
    for (Lie const& lie : chosen)
        (void)try_lie(lie, plain, state); // it says what is wrong
}

} // namespace

int main(int, char** argv)
{
    start_watchdog(380);
    require_namespaces();
    begin_case("two_starts_of_a_container_give_the_same_box");
    Result const plain = result_of(none, argv[1]);
    bool const whole = plain.seen.find("\nwhole\n") != std::string::npos;
    expect(whole, "there is no start to compare with: %s", plain.story.c_str());
    expect(is_same_box(plain.seen, result_of(none, argv[1]).seen), "two starts of the same differ");
    if (whole) {
        try_all(plain, argv[1]);
        try_chosen(plain, argv[1]);
    }
    return conclude();
}
