// SPDX-License-Identifier: MIT
// The system call layer of this processor: arguments in their places, errors as numbers, children on their own stack.
#include "arch/syscall.h"
#include "init.h"

#include <asm/unistd.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::arch::call;

namespace {

constexpr size_t page = 65536; // the largest that a kernel of these processors has
alignas(16) unsigned char stack[65536];

struct Note {
    volatile int argument = 0; // what the child was given
    volatile long on_stack = 0;
};

void leave_note(void* argument)
{
    auto& note = *static_cast<Note*>(argument);
    int here = 0;
    auto const at = reinterpret_cast<uintptr_t>(&here);
    note.on_stack = at >= reinterpret_cast<uintptr_t>(stack) && at < reinterpret_cast<uintptr_t>(stack + sizeof stack);
    note.argument = 42;
    while (true)
        (void)call(__NR_exit_group, 9);
}

// Starts a child by clone(2) and returns its exit status.
int clone_and_wait(unsigned long flags, Note& note)
{
    long const pid =
        ctr::arch::clone_call(__NR_clone, ctr::arch::word(flags | SIGCHLD),
                              ctr::arch::word(static_cast<void const*>(stack + sizeof stack)), 0, leave_note, &note);
    expect(pid > 0, "clone failed with errno " + std::to_string(-pid));
    int status = 0;
    expect(::waitpid(static_cast<pid_t>(pid), &status, 0) == pid && WIFEXITED(status), "the child did not exit");
    return WEXITSTATUS(status);
}

Note& shared_note()
{
    void* const memory = ::mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    expect(memory != MAP_FAILED, "no shared memory");
    return *new (memory) Note;
}

} // namespace

CHILD_TEST(a_system_call_returns_its_value) { expect_equal(call(__NR_getpid), long{::getpid()}, "the pid"); }

CHILD_TEST(a_system_call_returns_its_error_as_a_negative_number)
{
    expect_equal(call(__NR_close, -1), long{-EBADF}, "the result of close");
    expect_equal(call(__NR_openat, -100, "/nowhere", 0, 0), long{-ENOENT}, "the result of openat");
}

CHILD_TEST(six_arguments_arrive_in_their_places)
{
    std::string content(2 * page, 'a');
    content[page] = 'b';
    Fd const file = file_of(content.data(), content.size());
    long const at = call(__NR_mmap, nullptr, page, PROT_READ, MAP_PRIVATE, file.get(), page);
    expect(at > 0, "mmap failed with errno " + std::to_string(-at));
    expect_equal(long{*reinterpret_cast<char const*>(at)}, long{'b'}, "the byte at the offset");
}

CHILD_TEST(a_number_of_32_bits_keeps_its_sign_and_one_of_64_its_width)
{
    expect_equal(call(__NR_kill, ::getpid(), 0), 0L, "the result of kill");
    expect_equal(call(__NR_kill, ::getpid(), -5), long{-EINVAL}, "the result of kill");
    Fd const file = file_of("x", 1);
    expect_equal(call(__NR_lseek, file.get(), uint64_t{1} << 33, SEEK_SET), long{1} << 33, "the result of lseek");
}

CHILD_TEST(a_cloned_child_runs_on_its_own_stack_with_its_argument)
{
    Note& note = shared_note();
    expect_equal(clone_and_wait(0, note), 9, "the exit status");
    expect_equal(int{note.argument}, 42, "the argument");
    expect_equal(long{note.on_stack}, 1L, "whether it was on its own stack");
}

CHILD_TEST(a_child_that_shares_memory_is_seen_to_have_run_when_clone_returns)
{
    Note note;
    expect_equal(clone_and_wait(CLONE_VM | CLONE_VFORK, note), 9, "the exit status");
    if (note.argument == 0 && emulated())
        skip("the emulator makes a copying fork of CLONE_VM|CLONE_VFORK");
    expect_equal(int{note.argument}, 42, "the argument");
}

CHILD_TEST(clone3_starts_a_child_or_says_that_it_is_not_there)
{
    Note& note = shared_note();
    clone_args arguments = {};
    arguments.exit_signal = SIGCHLD;
    arguments.stack = reinterpret_cast<uint64_t>(stack);
    arguments.stack_size = sizeof stack;
    long const pid =
        ctr::arch::clone_call(__NR_clone3, ctr::arch::word(&arguments), sizeof arguments, 0, leave_note, &note);
    if (pid == -ENOSYS || pid == -EPERM)
        skip("clone3 is refused here: errno " + std::to_string(-pid));
    int status = 0;
    expect(::waitpid(static_cast<pid_t>(pid), &status, 0) == pid && WIFEXITED(status), "the child did not exit");
    expect_equal(int{note.argument}, 42, "the argument");
}

CHILD_TEST(a_program_without_a_name_can_be_executed)
{
    Fd const program(::open(payload_path().c_str(), O_PATH | O_CLOEXEC));
    pid_t const pid = ::fork();
    if (pid == 0) {
        char const* const argv[] = {"payload", "exit", "6", nullptr};
        char const* const environment[] = {nullptr};
        long const result = call(__NR_execveat, program.get(), "", argv, environment, AT_EMPTY_PATH);
        ::_exit(result == -ENOSYS ? 100 : result == -ENOEXEC ? 101 : 102);
    }
    int status = 0;
    expect(::waitpid(pid, &status, 0) == pid && WIFEXITED(status), "the child did not exit");
    if (emulated() && WEXITSTATUS(status) >= 100)
        skip(WEXITSTATUS(status) == 100
                 ? "the emulator has no execveat"
                 : "the kernel does not execute this processor's programs without a registered emulator");
    expect_equal(WEXITSTATUS(status), 6, "the exit status");
}
