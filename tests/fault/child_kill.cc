// SPDX-License-Identifier: MIT
// child_kill PAYLOAD [all]: of each representative plan the start is stopped before some operations (or all), and then
// ctr-init, or the host, is killed: nothing is left within a second, and a host that lives says that ctr-init was lost.
// Or nobody is killed, and the operation was only slow: the container starts.
#include "altered.h"

#include "spawn/program.h"
#include "spawn/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using ctr::plan::OpCode;
using ctr::plan::Plan;
using ctr::plan::Section;

constexpr int soon = 1000;            // milliseconds
constexpr uint32_t most_samples = 12; // of one section, and a third when nobody is killed

// ------------------------------------------------------------------------------------------------- the host

// What the host says when its spawn has returned; it is killed before that in half of the cases.
struct Word {
    bool started = false;
    ctr::Code code = ctr::Code::none;
    bool clear = false;
    bool same_fds = false;
};

[[noreturn]] void be_host(Plan const& plan, int program, int answer)
{
    Word word;
    int const before = count_fds();
    {
        ctr::spawn::Attempt const attempt = ctr::spawn::spawn(plan, program, -1);
        word.started = attempt.started.has_value();
        word.code = attempt.error.code;
        word.clear = attempt.error.step != ctr::Step::none && !attempt.error.message.empty();
    }
    word.same_fds = count_fds() == before;
    bool const told = ::write(answer, &word, sizeof word) == static_cast<ssize_t>(sizeof word);
    ::_exit(told ? 0 : 1);
}

struct Host {
    pid_t pid = -1;
    int answer = -1;
};

Host start_host(Plan const& plan, int program)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    std::fflush(stdout);
    pid_t const pid = ::fork();
    if (pid == 0)
        be_host(plan, program, ends[1]);
    (void)::close(ends[1]); // the host's
    return {pid, ends[0]};
}

// The host's only child that is ctr-init: helpers have ended when operations run.
pid_t child_of(pid_t host)
{
    std::string const path = "/proc/" + std::to_string(host) + "/task/" + std::to_string(host) + "/children";
    char* text = read_text(path.c_str());
    pid_t const child = static_cast<pid_t>(std::strtol(text, nullptr, 10));
    std::free(text);
    return child;
}

// --------------------------------------------------------------------------------------------------- the test

enum class Killed { init, host, nobody };

char const* sentence(Killed killed)
{
    switch (killed) {
    case Killed::init: return "nothing_is_left_when_ctr_init_is_killed_at_any_operation_with";
    case Killed::host: return "nothing_is_left_when_the_host_is_killed_at_any_operation_with";
    case Killed::nobody: return "a_container_starts_although_any_operation_takes_long_with";
    }
    return "";
}

bool init_dies(Host const& host, uint32_t i)
{
    pid_t const init = child_of(host.pid);
    if (!expect(init > 0 && ::kill(init, SIGKILL) == 0, "operation %u: ctr-init is not found", i))
        return false;
    Word word;
    ssize_t const got = ::read(host.answer, &word, sizeof word);
    bool fine = expect(got == static_cast<ssize_t>(sizeof word), "operation %u: the host says nothing", i) != 0;
    fine &= expect(!word.started && word.code == ctr::Code::lost, "operation %u: the error's code is %d, not lost", i,
                   static_cast<int>(word.code)) != 0;
    fine &= expect(word.clear, "operation %u: the error names no step or has no message", i) != 0;
    return fine && expect(word.same_fds, "operation %u: descriptors are left", i);
}

// Longer than ctr-init waits before it looks whether the host lives.
constexpr int a_while = 260;

bool goes_on(fault::World const& world, Host const& host, uint32_t i)
{
    sleep_ms(a_while);
    int const writer = ::open(world.path("sources/stop/pipe").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    bool fine = expect(writer >= 0, "operation %u: nobody waits at the pipe any more", i) != 0;
    Word word;
    ssize_t const got = ::read(host.answer, &word, sizeof word);
    fine &= expect(got == static_cast<ssize_t>(sizeof word) && word.started, "operation %u: the error's code is %d", i,
                   static_cast<int>(word.code)) != 0;
    (void)::close(writer); // it did its work
    return fine;
}

bool ends_cleanly(fault::World const& world, Plan const& plan, int program, uint32_t i, Killed killed)
{
    Host const host = start_host(fault::stopping(plan, i), program);
    bool fine = expect(fault::reaches_mark(world), "operation %u: it was not reached", i) != 0;
    if (fine && killed == Killed::init)
        fine = init_dies(host, i);
    else if (fine && killed == Killed::nobody)
        fine = goes_on(world, host, i);
    (void)::kill(host.pid, killed == Killed::host || !fine ? SIGKILL : 0); // 0: it ends by itself
    (void)::waitpid(host.pid, nullptr, 0);
    (void)::close(host.answer); // nothing is left to read
    fine &= expect(all_gone(soon), "operation %u: processes are left after %d ms", i, soon) != 0;
    return world.unchanged(plan) && fine;
}

constexpr int most_failures = 6;

// From the reset of the signals on nobody watches the host: a timer would survive exec. What is left does not wait, but
// for exec itself.
bool is_watched(Plan const& plan, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (plan.ops()[k].code == OpCode::default_signals)
            return false;
    return true;
}

// Some of each section.
void stop_at_each(fault::World const& world, Plan const& plan, int program, bool all, Killed killed)
{
    uint32_t const samples = killed == Killed::nobody ? most_samples / 3 : most_samples;
    int failures = 0;
    uint32_t tried = 0;
    for (Section const section : {plan.header().enter, plan.header().setup, plan.header().payload}) {
        uint32_t const step = all ? 1 : section.count / samples + 1;
        for (uint32_t i = section.first; i < section.first + section.count && failures < most_failures; i += step) {
            if (killed == Killed::host && !is_watched(plan, i))
                break;
            tried++;
            failures += ends_cleanly(world, plan, program, i, killed) ? 0 : 1;
        }
    }
    std::printf("%u of %u operations\n", tried, plan.op_count());
}

void run_variant(fault::World const& world, fault::Variant const& variant, bool all, Killed killed)
{
    begin_case("%s_%s", sentence(killed), variant.name);
    if (std::string const reason = fault::obstacle(variant); !reason.empty()) {
        skip_case("%s", reason.c_str());
        return;
    }
    int const directory = ::open(world.path("sources/stop").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ctr_config* config = fault::config_of(world, variant);
    ctr_config_set_stdio(config, 0, CTR_STDIO_FD, directory); // has slot 0
    std::optional<Plan> const plan = fault::plan_of(config);
    ctr::Result<int> const program = config->program.get();
    if (expect(plan && program, "there is no plan"))
        stop_at_each(world, *plan, program.value(), all, killed);
    ctr_config_free(config);
    (void)::close(directory); // the config has a copy
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    bool const all = argc > 2 && std::strcmp(argv[2], "all") == 0;
    start_watchdog(all ? 900 : 180);
    adopt_orphans();
    {
        fault::World const world(argv[1]);
        for (fault::Variant const& variant : fault::variants())
            for (Killed const killed : {Killed::init, Killed::host, Killed::nobody})
                run_variant(world, variant, all, killed);
    }
    return conclude();
}
