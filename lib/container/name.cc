// SPDX-License-Identifier: MIT
// Containers with a name: attached to, looked at, paused, and their name let go.
#include "container/named.h"

#include "base/text.h"
#include "diagnose/diagnose.h"
#include "registry/registry.h"
#include "sys/channel.h"
#include "sys/socket.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <time.h>

namespace ctr::container {

namespace {

constexpr uint64_t answer_ms = 3000; // what a ctr-init that runs needs a thousandth of

Inside inside_of(registry::Info const& info)
{
    Inside inside;
    inside.takes_commands = info.takes_commands;
    inside.may_set_groups = info.may_set_groups;
    inside.has_terminals = info.has_terminals;
    inside.new_privs = info.new_privs;
    inside.capabilities = info.capabilities;
    for (registry::Limit const& limit : info.limits)
        inside.limits.push_back({limit.resource, limit.soft, limit.hard});
    inside.user = host::UserFacts{info.uid, info.gid, info.groups, info.home};
    inside.cwd = info.cwd;
    inside.seccomp = {static_cast<config::SeccompKind>(info.seccomp_kind), info.seccomp, info.seccomp_listener, {}};
    return inside;
}

registry::Info info_of(spec::Name const& name, Inside const& inside, std::vector<std::string> const& command)
{
    registry::Info info;
    timespec now = {};
    (void)::clock_gettime(CLOCK_REALTIME, &now); // cannot fail
    info.created_ns = static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
    info.flags = name.flags;
    info.takes_commands = inside.takes_commands;
    info.may_set_groups = inside.may_set_groups;
    info.has_terminals = inside.has_terminals;
    info.new_privs = inside.new_privs;
    info.capabilities = inside.capabilities;
    for (spec::Limit const& limit : inside.limits)
        info.limits.push_back({limit.resource, limit.soft, limit.hard});
    info.uid = inside.user.uid;
    info.gid = inside.user.gid;
    info.groups = inside.user.groups;
    info.home = inside.user.home;
    info.cwd = inside.cwd;
    info.seccomp_kind = static_cast<uint32_t>(inside.seccomp.kind);
    info.seccomp_listener = inside.seccomp.listener;
    info.seccomp = inside.seccomp.content;
    info.command = command;
    return info;
}

// Connects, and hears who it is. A ctr-init that is gone by now is not an error here.
Status connect(registry::Found const& found, std::string const& name, Attached& attached)
{
    sys::Outcome<Fd> channel = sys::connect_in(found.place.get(), "control");
    if (!channel && !sys::is_locked(found.record.get()))
        return Unit{};
    if (!channel)
        return registry::name_error(channel.error == EAGAIN ? ETIMEDOUT : channel.error, name,
                                    "cannot reach its ctr-init");
    Result<sys::Process> process = spawn::greeted(channel.value.get(), {sys::deadline_in(answer_ms)});
    bool const gone = !process && process.error().code == Code::ended;
    if (gone && !sys::is_locked(found.record.get()))
        return Unit{};
    if (gone)
        return Error{.code = Code::limit,
                     .step = Step::name,
                     .sys = EAGAIN,
                     .subject = name,
                     .message = "too many processes have the container open"};
    if (!process && process.error().code == Code::timed_out)
        return registry::name_error(ETIMEDOUT, name, "its ctr-init does not answer, stopped perhaps");
    attached.started.process = CTR_TRY(std::move(process));
    attached.started.channel = std::move(channel.value);
    attached.alive = true;
    return Unit{};
}

// In place of the channel of one that has ended: at its end, so that it polls readable.
Status close_channel(Attached& attached)
{
    sys::Outcome<sys::Channel> made = sys::make_channel();
    if (!made)
        return registry::name_error(made.error, attached.naming.name, "cannot make a channel");
    attached.started.channel = std::move(made.value.ours);
    return Unit{};
}

void open_sinks(registry::Found const& found, spawn::StdioEnds& captured)
{
    constexpr char const* files[] = {"stdout", "stderr"};
    for (size_t i = 0; i < std::size(files); i++)
        captured[i + 1] = // what is not captured has none
            std::move(sys::open_file(found.place.get(), files[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK).value);
}

Error advised(Error error)
{
    diagnose::add_hint(error, nullptr);
    return error;
}

Result<Attached> attach(std::string const& directory, std::string const& name, bool look)
{
    registry::Found found = CTR_TRY(registry::find(directory, name));
    Attached attached;
    attached.looks_only = look;
    attached.inside = inside_of(found.info);
    attached.naming = Naming{name, directory, found.info.flags, found.info.created_ns, Fd()};
    attached.command = found.info.command;
    open_sinks(found, attached.started.captured);
    if (found.alive && !look)
        CTR_TRY(connect(found, name, attached));
    if (!attached.alive)
        CTR_TRY(close_channel(attached));
    attached.naming.record = std::move(found.record);
    return attached;
}

// Its subject may be a file or the directory: the name is said too.
Error name_fault(Error error, spec::Name const& name)
{
    if (error.subject != name.text)
        error.message = concat("cannot keep the name ", quoted(name.text), ": ", error.message);
    error.origin = name.origin;
    return error;
}

} // namespace

// As late as can be: whoever finds the name finds a container, soon.
Result<Named> take_name(spec::Name const& name, Inside const& inside, std::vector<std::string> const& command,
                        plan::Supervision const& supervision)
{
    Named named;
    if (name.text.empty())
        return named;
    registry::Info const info = info_of(name, inside, command);
    Result<registry::Entry> entry = registry::create(name.directory, name.text, info);
    if (!entry)
        return name_fault(entry.error(), name);
    named.entry.emplace(std::move(entry.value()));
    for (int number = 1; number < 3; number++) {
        plan::Capture const& capture = supervision.captures[number - 1];
        plan::CaptureHeader header;
        header.ring = capture.ring;
        if (capture.sink >= 0) {
            Result<Fd> sink = named.entry->sink(number, header);
            if (!sink)
                return name_fault(sink.error(), name);
            named.brought.sinks[static_cast<size_t>(number)] = std::move(sink.value());
        }
    }
    named.brought.control = named.entry->control();
    named.brought.record = named.entry->record();
    named.naming = Naming{name.text, name.directory, name.flags, info.created_ns, CTR_TRY(named.entry->reader())};
    return named;
}

void keep_name(Named& named)
{
    if (named.entry)
        named.entry->keep();
}

Result<std::unique_ptr<Container>> open(std::string const& state_directory, std::string const& name, uint64_t flags)
{
    Result<Attached> attached = attach(state_directory, name, (flags & CTR_OPEN_LOOK) != 0);
    if (!attached)
        return advised(attached.error());
    return std::make_unique<Container>(std::move(attached.value()));
}

Result<std::vector<std::string>> names(std::string const& state_directory)
{
    Result<std::vector<std::string>> names = registry::list(state_directory);
    return names ? std::move(names) : advised(names.error());
}

Status remove(std::string const& state_directory, std::string const& name)
{
    Status const removed = registry::remove(state_directory, name);
    return removed ? removed : advised(removed.error());
}

void Container::take_record()
{
    if (status_ || !naming_.record)
        return;
    plan::Record const record = registry::read_record(naming_.record.get());
    if (record.state == plan::RecordState::ended)
        status_ = record.status;
}

void Container::free_name()
{
    bool const goes = !naming_.name.empty() && (naming_.flags & CTR_NAME_REMOVE) != 0 && !looks_only_;
    if (goes)
        (void)registry::remove(naming_.directory, naming_.name,
                               naming_.record.get()); // whoever comes next does it otherwise
}

Status Container::pause(bool stop)
{
    Error const error{.code = Code::unsupported,
                      .step = Step::kill,
                      .message = "only a whole container with ctr-init inside can be paused"};
    if (further_ || !init_inside_ || looks_only_)
        return error;
    CTR_TRY(check_owner(Step::kill));
    if (ended())
        return Error{.code = Code::ended, .step = Step::kill, .sys = ESRCH, .message = "the container has ended"};
    Status const done = spawn::pause(channel_.get(), stop, {sys::deadline_in(answer_ms)});
    if (done)
        paused_ = stop;
    return done;
}

State Container::state()
{
    State state;
    state.pause_method = init_inside_ && !further_ ? CTR_PAUSE_SIGNALS : CTR_PAUSE_NONE;
    plan::Record record;
    if (naming_.record)
        record = registry::read_record(naming_.record.get());
    bool const over = looks_only_ ? !sys::is_locked(naming_.record.get()) : ended().has_value();
    state.ended_ns = record.ended_ns;
    if (over) {
        bool const told = looks_only_ ? record.state == plan::RecordState::ended : ended()->known;
        state.state = told ? CTR_STATE_ENDED : CTR_STATE_LOST;
        return state;
    }
    state.pid = std::max(0, process_.pid);
    uint32_t const unnamed = paused_ ? uint32_t{CTR_STATE_PAUSED} : uint32_t{CTR_STATE_RUNNING};
    state.state = naming_.record ? static_cast<uint32_t>(record.state) : unnamed;
    return state;
}

static_assert(static_cast<int>(plan::RecordState::starting) == CTR_STATE_STARTING);
static_assert(static_cast<int>(plan::RecordState::running) == CTR_STATE_RUNNING);
static_assert(static_cast<int>(plan::RecordState::paused) == CTR_STATE_PAUSED);
static_assert(static_cast<int>(plan::RecordState::ended) == CTR_STATE_ENDED);

} // namespace ctr::container
