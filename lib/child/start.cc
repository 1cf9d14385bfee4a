// SPDX-License-Identifier: MIT
// Where ctr-init starts: it reads its plan, waits at the gate, runs the plan and supervises the command.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#if defined(__x86_64__)
__asm__(".globl _start\n"
        "_start:\n\t"
        "xorl %ebp, %ebp\n\t"
        "andq $-16, %rsp\n\t"
        "call ctr_init_main\n\t"
        "ud2\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
        "_start:\n\t"
        "mov x29, xzr\n\t"
        "bl ctr_init_main\n\t"
        "brk #1\n");
#endif

// Compilers call these two for large initialisers and copies, freestanding or not. Volatile, so that they do not
// become calls of themselves.
extern "C" __attribute__((used)) void* memset(void* at, int byte, unsigned long count) noexcept
{
    auto* bytes = static_cast<unsigned char volatile*>(at);
    for (unsigned long i = 0; i < count; i++)
        bytes[i] = static_cast<unsigned char>(byte);
    return at;
}

extern "C" __attribute__((used)) void* memcpy(void* to, void const* from, unsigned long count) noexcept
{
    auto* target = static_cast<unsigned char volatile*>(to);
    auto const* source = static_cast<unsigned char const*>(from);
    for (unsigned long i = 0; i < count; i++)
        target[i] = source[i];
    return to;
}

namespace ctr::child {

unsigned long length(char const* text) noexcept
{
    unsigned long count = 0;
    while (text[count] != 0)
        count++;
    return count;
}

void leave(int status) noexcept
{
    (void)call(__NR_exit_group, status); // does not return, unless a filter of the command refuses it
    __builtin_trap();
}

long map_shared(Shared*& shared) noexcept
{
    long const at = call(__NR_mmap, nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096)
        return at;
    shared = reinterpret_cast<Shared*>(at);
    *shared = Shared{};
    return 0;
}

namespace {

constinit State the_state; // nothing would run a constructor

// A closed standard descriptor would be taken by the next one opened; /dev/null holds its place.
void fill_standard_descriptors() noexcept
{
    for (int fd = 0; fd < 3; fd++)
        if (call(__NR_fcntl, fd, F_GETFD, 0) == -EBADF)
            (void)call(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR, 0); // without /dev/null it stays closed
}

// The host's descriptors end here. close_range is 5.9; where a filter refuses it, one by one.
void close_inherited() noexcept
{
    bool const honest = call(__NR_close_range, 1, 0, 0) < 0; // it can only fail
    if (honest && call(__NR_close_range, plan::channel_fd + 1, ~0U, 0) == 0)
        return;
    uint64_t limit[2] = {1024, 1024};
    (void)call(__NR_prlimit64, 0, 7 /* RLIMIT_NOFILE */, nullptr, limit); // on failure the usual limit
    for (uint64_t fd = plan::channel_fd + 1; fd < limit[0]; fd++)
        (void)call(__NR_close, static_cast<int>(fd)); // most are not open
}

// An ignored SIGCHLD survives exec: the kernel would reap the command and tell nobody. Others are blocked, and so kept.
void block_signals() noexcept
{
    default_handler(SIGCHLD);
    uint64_t const all = ~uint64_t{0};
    (void)call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &all, nullptr, sizeof all); // cannot fail
}

[[noreturn]] void fail(int32_t index, long error) noexcept
{
    plan::ReportPacket report;
    report.index = index;
    report.error = static_cast<int32_t>(-error);
    report.detail = the_state.shared != nullptr ? the_state.shared->detail : 0;
    // A descriptor of the root lets the host say why a command could not be executed.
    int const root = static_cast<int>(call(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
    send_report(the_state.channel, report, root);
    wait_for_end(the_state); // with this process the mounts end, which the host wants to look at
    leave(1);
}

// A process that is not dumpable may not open its own file of offsets; the write follows after the unshare.
void open_offsets() noexcept
{
    Slot const slot = the_state.image->offsets_slot;
    if (slot < 0)
        return;
    (void)call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); // until the gate; its failure shows in the open
    the_state.slots[slot] = static_cast<int>(
        call(__NR_openat, AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC, 0)); // the write will say
}

// The maps can only be written while this process is dumpable; it was executed unreadable and is not.
long let_host_write_maps() noexcept
{
    (void)call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); // its failure shows when the maps are written
    return send_ready();
}

// While the host compiles the plan.
void make_namespaces() noexcept
{
    plan::LaunchPacket packet;
    long result = map_shared(the_state.shared);
    if (result == 0)
        result = receive_launch(the_state, packet);
    if (result < 0)
        fail(plan::start_failed, result);
    look_around(the_state);
    if (packet.apart != 0)
        make_net_apart();
    result = packet.namespaces == 0 ? 0 : call(__NR_unshare, packet.namespaces);
    if (result < 0)
        fail(plan::launch_failed, result);
    the_state.shared->effective.namespaces = packet.namespaces;
}

void prepare() noexcept
{
    shorten_slices();
    // Out of the terminal's foreground group: its Ctrl-C is for the caller. The command has a session of its own.
    (void)call(__NR_setpgid, 0, 0);
    block_signals();
    fill_standard_descriptors();
    close_inherited();
    make_namespaces();
    uint32_t flags = 0;
    if (long const result = receive_start(the_state, flags); result < 0)
        fail(plan::start_failed, result);
    open_offsets();
    if ((flags & plan::start_wants_maps) != 0 && let_host_write_maps() < 0)
        leave(1); // the host is gone
}

// From here on nobody inside may read this process: not its memory, environment or descriptors.
void close_the_door() noexcept
{
    if (long const result = set_dumpable({0}); result < 0)
        fail(plan::start_failed, result);
}

long open_children_list() noexcept
{
    if (the_state.image->supervision.ends_descendants == 0)
        return 0;
    (void)call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); // 3.4
    // Without CONFIG_PROC_CHILDREN the list is missing, and the status says that the tree was left.
    the_state.children =
        static_cast<int>(call(__NR_openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0));
    return 0;
}

// Outside of the command's pid namespace the end of this process does not end it: then the host can.
int pidfd_for_host(long command) noexcept
{
    plan::Supervision const& supervision = the_state.image->supervision;
    if (supervision.setup_in_command == 0 && supervision.ends_descendants == 0)
        return -1;
    return static_cast<int>(call(__NR_pidfd_open, command, 0)); // not reaped, so it is the command; 5.3
}

} // namespace

} // namespace ctr::child

using namespace ctr::child;

extern "C" [[noreturn]] __attribute__((used)) void ctr_init_main() noexcept
{
    prepare();
    if (wait_for_gate(the_state) < 0)
        leave(1); // the host is gone
    close_the_door();
    (void)open_children_list(); // tolerated: see there
    start_watching_host(the_state);

    long result = run_section(the_state, the_state.image->enter);
    if (result == 0 && the_state.image->supervision.setup_in_command == 0)
        result = run_section(the_state, the_state.image->setup);
    if (result < 0)
        fail(the_state.shared->current, result);

    long const command = start_command(the_state);
    if (command < 0)
        fail(the_state.shared->current, command);
    static ctr::plan::RunningPacket running_report; // it is large for a stack
    running_report.report = {};
    running_report.report.pid = static_cast<int32_t>(command);
    running_report.effective = the_state.shared->effective;
    int const pidfd = pidfd_for_host(command);
    send_running(the_state.channel, running_report, pidfd);
    (void)call(__NR_close, pidfd); // the host's now
    ctr::plan::EventPacket const running;
    send_packet(the_state.channel, &running, sizeof running);
    supervise(the_state, static_cast<int>(command));
    leave(0);
}
