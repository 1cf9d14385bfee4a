// SPDX-License-Identifier: MIT
// Takes a name for a container that is about to start.
#include "registry/registry.h"

#include "base/quietly.h"
#include "base/text.h"
#include "sys/socket.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace ctr::registry {

namespace {

constexpr int make_flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
constexpr mode_t own_file = 0600;

Result<Fd> make_file(int place, char const* name, std::string_view content)
{
    sys::Outcome<Fd> file = sys::open_file(place, name, make_flags, own_file);
    int error = file ? sys::write_quietly(file.value.get(), content) : file.error;
    if (error == 0 && ::fchmod(file.value.get(), own_file) != 0) // of which the umask may have taken away
        error = errno;
    if (error != 0)
        return name_error(error, name, "cannot write to the state directory");
    sys::Outcome<Fd> lifted = sys::lifted(std::move(file.value));
    if (!lifted)
        return name_error(lifted.error, name, "cannot write to the state directory");
    return std::move(lifted.value);
}

// Nobody has it, or nobody will ask for who had it.
Status check_free(int state, std::string const& name)
{
    Result<Found> const found = look(state, name);
    if (!found && found.error().code == Code::not_found)
        return clear(state, name); // of a directory with nothing in it
    if (found && is_rubbish(found.value()))
        return clear(state, name);
    if (!found && found.error().sys != 0)
        return found.error();
    return Error{.code = Code::exists,
                 .step = Step::name,
                 .sys = EEXIST,
                 .subject = name,
                 .message = found && found.value().alive ? "a container of this name is running"
                                                         : "the name belongs to a container that has ended"};
}

} // namespace

Status Entry::fill(Info const& info)
{
    plan::Record record;
    record.magic = plan::record_magic;
    record.state = plan::RecordState::starting;
    (void)CTR_TRY(make_file(place_.get(), "info", encode(info)));
    record_ = CTR_TRY(make_file(place_.get(), "record", {reinterpret_cast<char const*>(&record), sizeof record}));
    if (int const error = sys::lock_file(record_.get()); error != 0)
        return name_error(error, "record", "cannot lock a file of the state directory");
    sys::Outcome<Fd> control = sys::listen_in(place_.get(), "control");
    if (!control)
        return name_error(control.error, "control", "cannot make a socket in the state directory");
    control_ = std::move(control.value);
    return Unit{};
}

Result<Entry> create(std::string const& state_directory, std::string const& name, Info const& info)
{
    Entry entry;
    entry.state_ = CTR_TRY(open_state(state_directory, true));
    int const state = entry.state_.get();
    Hold const hold = CTR_TRY(Hold::take(state));
    CTR_TRY(check_free(state, name));
    std::string const fresh = concat(".new-", name);
    CTR_TRY(clear(state, fresh));
    if (int const error = make_directory(state, fresh.c_str()); error != 0)
        return name_error(error, name, "cannot make its directory");
    Result<Fd> place = open_place(state, fresh);
    Status filled = place ? Status(Unit{}) : Status(place.error());
    if (place) {
        entry.place_ = std::move(place.value());
        filled = entry.fill(info);
    }
    if (filled && ::renameat(state, fresh.c_str(), state, name.c_str()) != 0)
        filled = name_error(errno, name, "cannot give the name");
    if (!filled) {
        (void)clear(state, fresh); // the first fault is told
        return filled.error();
    }
    entry.name_ = name;
    return entry;
}

// Where the lock cannot be had, the name is rubbish to whoever looks next: its record is let go here.
Entry::~Entry()
{
    if (kept_ || name_.empty())
        return;
    quietly([this] {
        Result<Hold> const hold = Hold::take(state_.get());
        if (hold)
            (void)clear(state_.get(), name_); // likewise
    });
}

Result<Fd> Entry::reader() const
{
    sys::Outcome<Fd> file = sys::open_file(place_.get(), "record", O_RDONLY | O_NOFOLLOW);
    sys::Outcome<Fd> lifted = file ? sys::lifted(std::move(file.value)) : std::move(file);
    if (!lifted)
        return name_error(lifted.error, name_, "cannot read from the state directory");
    return std::move(lifted.value);
}

Result<Fd> Entry::sink(int number, plan::CaptureHeader const& header) const
{
    return make_file(place_.get(), number == 1 ? "stdout" : "stderr",
                     {reinterpret_cast<char const*>(&header), sizeof header});
}

} // namespace ctr::registry
