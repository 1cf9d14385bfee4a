// SPDX-License-Identifier: MIT
// join_kill PAYLOAD: the plan of a further command is stopped before each of its operations, and then ctr-init, the
// host, or the command's process is killed, or the host's patience ends. Nothing is left, the error says what happened,
// and the container goes on where it was not what was killed. Or nobody is killed, and the command starts.
#include "altered.h"

#include "container/container.h"
#include "spawn/program.h"
#include "spawn/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using ctr::Code;
using ctr::plan::Plan;

constexpr int soon = 1000; // milliseconds
constexpr int a_while = 260;
constexpr uint64_t long_patience = 20000;
constexpr uint64_t short_patience = 100;

enum class Killed { init, host, command, nobody, patience };

char const* sentence(Killed killed)
{
    switch (killed) {
    case Killed::init: return "nothing_is_left_when_ctr_init_is_killed_at_any_operation_of_a_further_command";
    case Killed::host: return "nothing_is_left_when_the_host_is_killed_at_any_operation_of_a_further_command";
    case Killed::command: return "a_further_command_that_is_killed_at_any_operation_is_an_error_that_names_it";
    case Killed::nobody: return "a_further_command_starts_although_any_operation_takes_long";
    case Killed::patience: return "a_further_command_that_hangs_at_any_operation_is_bounded_by_the_set_up_deadline";
    }
    return "";
}

// What the host says when the further command runs or does not.
struct Word {
    bool started = false;
    Code code = Code::none;
    ctr::Step step = ctr::Step::none;
    bool clear = false;
    bool same_fds = false;
    bool box_runs = false;
};

struct Parts {
    Plan box;
    int program = -1;
    Plan further;
};

// The container's ctr-init has one child when the further command is gone.
bool is_alone(pid_t init)
{
    std::string const pid = std::to_string(init);
    for (int i = 0; i < soon; i++, sleep_ms(1)) {
        char* text = read_text(("/proc/" + pid + "/task/" + pid + "/children").c_str());
        std::string const list = text;
        std::free(text);
        if (!list.empty() && list.find(' ') == list.size() - 1)
            return true;
    }
    return false;
}

[[noreturn]] void be_host(Parts const& parts, Killed killed, int answer)
{
    Word word;
    {
        ctr::spawn::Attempt box = ctr::spawn::spawn(parts.box, parts.program, -1);
        if (!box.started)
            ::_exit(3);
        int const before = count_fds();
        {
            uint64_t const patience = killed == Killed::patience ? short_patience : long_patience;
            ctr::spawn::Attempt const further =
                ctr::spawn::join(box.started->channel.get(), parts.further, {ctr::sys::deadline_in(patience)});
            word.started = further.started.has_value();
            word.code = further.error.code;
            word.step = further.error.step;
            word.clear = further.error.step != ctr::Step::none && !further.error.message.empty();
        }
        word.same_fds = count_fds() == before;
        word.box_runs = killed != Killed::init && is_alone(box.started->process.pid);
        ctr::spawn::Guard const ends(std::move(box.started->process));
    }
    bool const told = ::write(answer, &word, sizeof word) == static_cast<ssize_t>(sizeof word);
    ::_exit(told ? 0 : 1);
}

struct Host {
    pid_t pid = -1;
    int answer = -1;
};

Host start_host(Parts const& parts, Killed killed)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    std::fflush(stdout);
    pid_t const pid = ::fork();
    if (pid == 0)
        be_host(parts, killed, ends[1]);
    (void)::close(ends[1]); // the host's
    return {pid, ends[0]};
}

// The last child of a process, 0 where there is none.
pid_t last_child(pid_t parent)
{
    std::string const pid = std::to_string(parent);
    char* text = read_text(("/proc/" + pid + "/task/" + pid + "/children").c_str());
    pid_t last = 0;
    char* at = text;
    for (char* end = at; *at != 0; at = end + (*end != 0 ? 1 : 0)) {
        pid_t const next = static_cast<pid_t>(std::strtol(at, &end, 10));
        if (end == at)
            break;
        last = next;
    }
    std::free(text);
    return last;
}

void release(fault::World const& world)
{
    sleep_ms(a_while);
    int const writer = ::open(world.path("sources/stop/pipe").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    expect(writer >= 0, "nobody waits at the pipe any more");
    (void)::close(writer); // it did its work
}

void strike(fault::World const& world, Host const& host, Killed killed)
{
    pid_t const init = last_child(host.pid);
    switch (killed) {
    case Killed::init: (void)::kill(init, SIGKILL); return; // what is wrong shows in the host's word
    case Killed::command: (void)::kill(last_child(init), SIGKILL); return;
    case Killed::host: (void)::kill(host.pid, SIGKILL); return;
    case Killed::nobody: release(world); return;
    case Killed::patience: return;
    }
}

bool is_right(Word const& word, Killed killed, ctr::Step step)
{
    switch (killed) {
    case Killed::init: return !word.started && word.code == Code::ended;
    case Killed::command: return !word.started && word.code == Code::failed && word.step == step;
    case Killed::host: return true;
    case Killed::nobody: return word.started;
    case Killed::patience: return !word.started && word.code == Code::timed_out;
    }
    return false;
}

bool listen(Host const& host, uint32_t i, Killed killed, ctr::Step step)
{
    Word word;
    ssize_t const got = ::read(host.answer, &word, sizeof word);
    if (killed == Killed::host)
        return true;
    bool fine = expect(got == static_cast<ssize_t>(sizeof word), "operation %u: the host says nothing", i) != 0;
    fine &= expect(is_right(word, killed, step), "operation %u: started %d, code %d, step %d", i, word.started,
                   static_cast<int>(word.code), static_cast<int>(word.step)) != 0;
    fine &= expect(word.started || word.clear, "operation %u: the error is not clear", i) != 0;
    fine &= expect(word.same_fds, "operation %u: descriptors are left", i) != 0;
    return expect(word.box_runs || killed == Killed::init, "operation %u: a process is left", i) && fine;
}

bool ends_cleanly(fault::World const& world, Parts const& parts, uint32_t i, Killed killed)
{
    Parts const stopped{parts.box, parts.program, fault::stopping(parts.further, i)};
    Host const host = start_host(stopped, killed);
    bool fine = expect(fault::reaches_mark(world), "operation %u: it was not reached", i) != 0;
    if (fine)
        strike(world, host, killed);
    fine = fine && listen(host, i, killed, static_cast<ctr::Step>(parts.further.ops()[i].step));
    (void)::kill(host.pid, fine ? 0 : SIGKILL); // it ends by itself
    (void)::waitpid(host.pid, nullptr, 0);
    (void)::close(host.answer); // nothing is left to read
    fine &= expect(all_gone(soon), "operation %u: processes are left after %d ms", i, soon) != 0;
    return world.unchanged(parts.box) && fine;
}

void stop_at_each(fault::World const& world, Parts const& parts, Killed killed)
{
    begin_case("%s", sentence(killed));
    constexpr int most_failures = 6;
    int failures = 0;
    uint32_t const step = killed == Killed::nobody || killed == Killed::patience ? 4 : 1; // these take their time
    for (uint32_t i = 0; i < parts.further.op_count() && failures < most_failures; i += step)
        failures += ends_cleanly(world, parts, i, killed) ? 0 : 1;
    std::printf("%u operations, every %u\n", parts.further.op_count(), step);
}

void run_all(fault::World const& world)
{
    int const directory = ::open(world.path("sources/stop").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ctr_config* box = fault::box_config(world);
    ctr_config* further = fault::further_config(world, directory);
    std::optional<Plan> const plan = fault::plan_of(box);
    std::optional<Plan> const further_plan = fault::further_plan(further);
    ctr::Result<int> const program = box->program.get();
    if (!plan || !further_plan || !program)
        give_up("there is no container to join");
    for (Killed const killed : {Killed::init, Killed::host, Killed::command, Killed::nobody, Killed::patience})
        stop_at_each(world, {*plan, program.value(), *further_plan}, killed);
    ctr_config_free(further);
    ctr_config_free(box);
    (void)::close(directory); // the config has a copy
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(180);
    adopt_orphans();
    run_all(fault::World(argv[1]));
    return conclude();
}
