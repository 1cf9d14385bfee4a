// SPDX-License-Identifier: MIT
#include "container/container.h"

#include "base/quietly.h"
#include "sys/channel.h"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace ctr::container {

namespace {

constexpr int not_a_child = -1;
constexpr uint64_t grace_ms = 3000;  // for a ctr-init that is asked to end everything
constexpr uint64_t unread_ms = 1000; // for a ctr-init that is asked something, to read it
constexpr uint64_t slack_ms = 200;   // what ctr-init may take past the deadline before the host ends it

uint64_t limit_of(uint64_t timeout_ms, uint64_t kill_after_ms)
{
    return timeout_ms == 0 ? 0 : timeout_ms + kill_after_ms + slack_ms;
}

Error only_looked(Step step)
{
    return Error{.code = Code::invalid,
                 .step = step,
                 .subject = "CTR_OPEN_LOOK",
                 .message = "the container was opened to be looked at only"};
}

Error unread()
{
    return Error{.code = Code::again,
                 .step = Step::kill,
                 .sys = EAGAIN,
                 .subject = "ctr-init",
                 .message = "ctr-init has not read earlier signals yet, stopped perhaps"};
}

Error wait_error(int sys, std::string message)
{
    return Error{.code = code_of(sys), .step = Step::wait, .sys = sys, .message = std::move(message)};
}

} // namespace

Container::Container(spawn::Guard init, spawn::Started started, plan::Plan const& plan, Inside inside, Naming naming)
    : channel_(std::move(started.channel)),
      terminal_(std::move(started.terminal)),
      command_(std::move(started.command_fd)),
      seccomp_(std::move(started.seccomp)),
      owner_(::getpid()),
      inside_(std::move(inside)),
      started_(sys::now()),
      limit_ms_(limit_of(plan.timeout_ms, plan.kill_after_ms)),
      stdio_(std::move(started.stdio)),
      captured_(std::move(started.captured))
{
    auto const* words = reinterpret_cast<uint64_t const*>(plan.image.data() + plan.header().arguments);
    std::vector<std::string> command;
    for (uint32_t i = 0; i < plan.header().argument_count; i++)
        command.emplace_back(reinterpret_cast<char const*>(plan.image.data() + words[i]));
    keep_words(std::move(command));
    naming_ = std::move(naming);
    plan::Supervision const& supervision = plan.header().supervision;
    init_inside_ = supervision.setup_in_command == 0 && supervision.ends_descendants == 0;
    shares_pids_ = supervision.ends_descendants != 0;
    by_channel_ = supervision.leftovers == CTR_LEFTOVERS_LEAVE;
    story_ = {plan.reported, *started.effective, std::move(started.maps), started.watches_host};
    process_ = init.release(); // last: where memory runs out before, it ends
}

Container::Container(spawn::Started started, spec::Lifetime const& lifetime)
    : process_(std::move(started.process)),
      channel_(std::move(started.channel)),
      terminal_(std::move(started.terminal)),
      seccomp_(std::move(started.seccomp)),
      owner_(::getpid()),
      further_(true),
      by_channel_(true),
      started_(sys::now()),
      limit_ms_(limit_of(lifetime.timeout_ms, lifetime.kill_after_ms)),
      stdio_(std::move(started.stdio)),
      captured_(std::move(started.captured))
{
    keep_words({});
}

// Its end is seen by its pidfd; of one that has ended already, by a channel that has.
Container::Container(Attached attached)
    : process_(std::move(attached.started.process)),
      channel_(std::move(attached.started.channel)),
      owner_(::getpid()),
      by_channel_(!attached.alive),
      init_inside_(true),
      attached_(true),
      looks_only_(attached.looks_only),
      naming_(std::move(attached.naming)),
      inside_(std::move(attached.inside)),
      detached_(true),
      started_(sys::now()),
      captured_(std::move(attached.started.captured))
{
    keep_words(std::move(attached.command));
}

void Container::keep_words(std::vector<std::string> words)
{
    arguments_ = std::move(words);
    for (std::string const& word : arguments_)
        words_.push_back(word.c_str());
    words_.push_back(nullptr);
}

Container::~Container()
{
    if (owner_ != ::getpid() || is_over())
        return;
    if (detached_)
        reap_ended();
    else if (further_)
        quietly([this] { end_further(); });
    else
        end();
}

void Container::end()
{
    (void)end_everything(); // it may have ended
    if (sys::wait_ready(process_.pidfd.get(), -1, {sys::deadline_in(grace_ms)}).passed)
        kill_init();
    sys::reap(process_.pidfd.get());
    quietly([this] { receive(); });
    end_orphan();
    quietly([this] { free_name(); });
}

// A further command is reaped by its ctr-init, which ends it with the channel at the latest.
void Container::end_further()
{
    (void)end_everything(); // likewise
    sys::Deadline const deadline = sys::deadline_in(grace_ms);
    while (!status_ && !silent_ && !sys::wait_ready(channel_.get(), -1, {deadline}).passed)
        receive();
}

// Of one that goes on there is nothing to reap yet, and then it is the caller's to do.
void Container::reap_ended()
{
    if (!further_ && !attached_ && sys::wait_ready(process_.pidfd.get(), -1, {sys::now()}).first)
        sys::reap(process_.pidfd.get());
}

// Known to have ended, and reaped: nothing is left to do for it.
bool Container::is_over()
{
    std::lock_guard<std::mutex> const guard(lock_);
    return outcome_ && (!by_channel_ || silent_);
}

// The end of a ctr-init that is pid 1 ends everything. Another one is asked to do it, and reaps what it ended; and so is
// that of a name, which writes down how it ended.
int Container::end_everything()
{
    if (init_inside_ && naming_.name.empty())
        return sys::send_signal(process_.pidfd.get(), process_.pid, SIGKILL);
    if (!further_)
        (void)sys::send_signal(process_.pidfd.get(), process_.pid, SIGCONT); // a stopped one would not hear of it
    int const error = ask(plan::everything_ends);
    if (error == EAGAIN && !further_)
        kill_init();
    return further_ ? error : error == EAGAIN ? 0 : error;
}

// Signals that ctr-init has not read yet may fill the channel, and who is stopped reads none.
int Container::ask(int number)
{
    plan::SignalPacket packet;
    packet.number = number;
    sys::Deadline const deadline = sys::deadline_in(unread_ms);
    while (true) {
        int const error = sys::send_at_once(channel_.get(), &packet, sizeof packet);
        if (error != EAGAIN || sys::now() >= *deadline)
            return error;
        timespec const pause = {0, 1000000};
        (void)::nanosleep(&pause, nullptr); // cut short or not, the next round looks again
    }
}

// A copy of the handle in a fork of its process would take what is meant for the original.
Status Container::check_owner(Step step) const
{
    if (owner_ == ::getpid())
        return Unit{};
    return Error{.code = Code::invalid,
                 .step = step,
                 .subject = "container",
                 .message = "the handle belongs to the process that this one was forked from"};
}

void Container::kill_init()
{
    if (command_)
        (void)sys::send_signal(command_.get(), not_a_child, SIGKILL);    // it may have ended
    (void)sys::send_signal(process_.pidfd.get(), process_.pid, SIGKILL); // likewise
}

// A ctr-init that ended without a word leaves the command, where it is not pid 1 of the command's namespace. That the
// command dies with its parent is the command's to change.
void Container::end_orphan()
{
    if (status_ || init_inside_ || further_)
        return;
    tree_left_ = shares_pids_; // nobody knows its descendants any more
    if (!command_)
        return;
    (void)sys::send_signal(command_.get(), not_a_child, SIGKILL); // it may have ended
    tree_left_ |= sys::wait_ready(command_.get(), -1, {sys::deadline_in(grace_ms)}).passed;
}

Outcome Container::outcome() const
{
    Outcome outcome;
    if (tree_left_)
        outcome.flags |= CTR_RESULT_TREE_LEFT;
    if (!status_) {
        outcome.kind = overdue_ ? CTR_RESULT_TIMED_OUT : killed_by_caller_ != 0 ? CTR_RESULT_KILLED : CTR_RESULT_LOST;
        outcome.code = overdue_ ? 0 : killed_by_caller_;
        return outcome;
    }
    outcome.known = true;
    outcome.status = *status_;
    int const status = status_->wait_status;
    if (status_->tree_left != 0)
        outcome.flags |= CTR_RESULT_TREE_LEFT;
    if (status_->timed_out != 0) {
        outcome.kind = CTR_RESULT_TIMED_OUT;
        outcome.code = static_cast<int32_t>(status_->timed_out) - 1;
    } else if (killed_by_caller_ != 0 && WIFSIGNALED(status)) {
        outcome.kind = CTR_RESULT_KILLED;
        outcome.code = killed_by_caller_;
    } else if (WIFSIGNALED(status)) {
        outcome.kind = CTR_RESULT_SIGNALED;
        outcome.code = WTERMSIG(status);
        if (WCOREDUMP(status))
            outcome.flags |= CTR_RESULT_CORE_DUMPED;
    } else {
        outcome.kind = CTR_RESULT_EXITED;
        outcome.code = WEXITSTATUS(status);
    }
    return outcome;
}

std::optional<Outcome> Container::ended()
{
    std::lock_guard<std::mutex> const guard(lock_);
    if (outcome_)
        return outcome_;
    if (by_channel_)
        receive();
    bool const gone = by_channel_ ? status_ || silent_ : sys::wait_ready(process_.pidfd.get(), -1, {sys::now()}).first;
    if (!gone)
        return std::nullopt;
    receive(); // the status was sent before the end
    take_record();
    if (!by_channel_ || silent_)
        reap();
    end_orphan();
    outcome_ = outcome();
    free_name();
    return outcome_;
}

// Nobody but its ctr-init reaps a further command.
void Container::reap()
{
    if (!further_ && !attached_)
        sys::reap(process_.pidfd.get());
}

// ctr-init keeps the deadline; the host only steps in when ctr-init cannot, stopped for example.
sys::Deadline Container::backstop() const
{
    if (limit_ms_ == 0)
        return std::nullopt;
    return started_ + limit_ms_ * 1000000;
}

Result<Outcome> Container::wait(int timeout_ms)
{
    if (looks_only_)
        return only_looked(Step::wait);
    CTR_TRY(check_owner(Step::wait));
    sys::Deadline const asked =
        timeout_ms < 0 ? std::nullopt : sys::Deadline(sys::now() + static_cast<uint64_t>(timeout_ms) * 1000000);
    while (true) {
        if (std::optional<Outcome> const outcome = ended())
            return *outcome;
        sys::Deadline const stop = backstop();
        bool const stop_first = stop && (!asked || *stop < *asked) && !overdue_;
        sys::Ready const ready = sys::wait_ready(waitable(), -1, {stop_first ? stop : asked});
        if (!ready.passed)
            continue;
        if (!stop_first)
            return wait_error(ETIMEDOUT, "the container is still running");
        std::lock_guard<std::mutex> const guard(lock_);
        overdue_ = true;
        if (further_)
            (void)end_everything(); // it may end by itself just now
        else
            kill_init();
    }
}

char const* Container::report()
{
    std::lock_guard<std::mutex> const guard(lock_);
    if (report_.empty())
        report_ = report_json(story_);
    return report_.c_str();
}

int Container::stdio(int number)
{
    std::lock_guard<std::mutex> const guard(lock_);
    bool const known = number >= 0 && number <= 2 && stdio_[static_cast<size_t>(number)];
    return known ? stdio_[static_cast<size_t>(number)].get() : -EBADF;
}

int Container::take_stdio(int number)
{
    std::lock_guard<std::mutex> const guard(lock_);
    bool const known = number >= 0 && number <= 2 && stdio_[static_cast<size_t>(number)];
    return known ? stdio_[static_cast<size_t>(number)].release() : -EBADF;
}

Status Container::kill(int signal, uint32_t which)
{
    bool const all = which == CTR_KILL_ALL;
    if (which > CTR_KILL_ALL)
        return Error{.code = Code::invalid,
                     .step = Step::kill,
                     .subject = std::to_string(which),
                     .message = "there is only CTR_KILL_COMMAND and CTR_KILL_ALL"};
    if (signal < 1 || signal > 64 || (all && signal != SIGKILL))
        return Error{.code = Code::invalid,
                     .step = Step::kill,
                     .subject = std::to_string(signal),
                     .message = all ? "everything can only be ended, by SIGKILL" : "there is no such signal"};
    if (looks_only_)
        return only_looked(Step::kill);
    CTR_TRY(check_owner(Step::kill));
    std::optional<Outcome> const outcome = ended();
    std::lock_guard<std::mutex> const guard(lock_);
    receive(); // the status may have come before the end
    Error const gone{.code = Code::ended, .step = Step::kill, .sys = ESRCH, .message = "the container has ended"};
    if (outcome || (status_ && !all))
        return gone;
    if (all) {
        killed_by_caller_ = SIGKILL;
        int const error = end_everything();
        return error == 0 ? Status(Unit{}) : Status(error == EAGAIN ? unread() : gone);
    }
    int const error = ask(signal);
    if (error == EAGAIN)
        return unread();
    return error == 0 ? Status(Unit{}) : Status(gone);
}

} // namespace ctr::container
