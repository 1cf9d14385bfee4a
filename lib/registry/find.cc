// SPDX-License-Identifier: MIT
// Finds, lists and removes names.
#include "registry/registry.h"

#include "base/text.h"
#include "sys/socket.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace ctr::registry {

namespace {

constexpr size_t most_info = 4U << 20; // bytes; more than a command line can have
constexpr uint64_t removed_at_end = 1; // CTR_NAME_REMOVE

Result<Fd> open_own(int place, char const* file, int access, std::string const& name)
{
    sys::Outcome<Fd> opened = sys::open_file(place, file, access | O_NOFOLLOW | O_NONBLOCK);
    if (!opened)
        return name_error(opened.error, name,
                          opened.error == ENOENT ? "there is no container of this name"
                                                 : "cannot read what was written down");
    struct stat status = {};
    if (::fstat(opened.value.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return name_error(EINVAL, name, "what was written down is no file");
    return std::move(opened.value);
}

bool is_same_file(int one, int other)
{
    struct stat first = {};
    struct stat second = {};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

Error unreadable(std::string const& name)
{
    return Error{.code = Code::failed,
                 .step = Step::name,
                 .subject = name,
                 .message = "what was written down of it cannot be understood"};
}

bool is_unfinished(std::string const& entry) { return entry.rfind(".new-", 0) == 0 || entry.rfind(".old-", 0) == 0; }

// A name of which only a directory is left is rubbish too.
bool is_left(int state, std::string const& name)
{
    Result<Found> const found = look(state, name);
    return found ? is_rubbish(found.value()) : found.error().code == Code::not_found && is_of_container(state, name);
}

// What processes that were killed have left. Without the lock it stays for the next one.
void sweep(int state, std::vector<std::string> const& entries)
{
    auto const left = [&](std::string const& entry) {
        return is_unfinished(entry) || (is_name(entry) && is_left(state, entry));
    };
    if (std::none_of(entries.begin(), entries.end(), left))
        return;
    Result<Hold> const hold = Hold::take(state);
    for (std::string const& entry : entries)
        if (hold && left(entry))       // it may be another one by now
            (void)clear(state, entry); // what cannot be removed is found again
}

} // namespace

plan::Record read_record(int record)
{
    plan::Record story;
    bool const whole = ::pread(record, &story, sizeof story, 0) == static_cast<ssize_t>(sizeof story);
    return whole && story.magic == plan::record_magic ? story : plan::Record{};
}

Result<Found> look(int state, std::string const& name)
{
    Found found;
    found.place = CTR_TRY(open_place(state, name));
    Fd const info = CTR_TRY(open_own(found.place.get(), "info", O_RDONLY, name));
    found.record = CTR_TRY(open_own(found.place.get(), "record", O_RDONLY, name));
    sys::Outcome<std::string> const text = sys::read_regular(info.get(), most_info);
    std::optional<Info> known = text ? decode(text.value) : std::nullopt;
    found.alive = sys::is_locked(found.record.get());
    found.story = read_record(found.record.get()); // after the lock: what is not alive writes no more
    if (!known || found.story.magic == 0)
        return unreadable(name);
    found.info = std::move(*known);
    return found;
}

// A start that was killed ran nothing; of the others the result may be asked for.
bool is_rubbish(Found const& found)
{
    bool const never_ran = found.story.state == plan::RecordState::starting;
    return !found.alive && (never_ran || (found.info.flags & removed_at_end) != 0);
}

Result<Found> find(std::string const& state_directory, std::string const& name)
{
    Fd const state = CTR_TRY(open_state(state_directory, false));
    Found found = CTR_TRY(look(state.get(), name));
    if (!found.alive && found.story.state == plan::RecordState::starting)
        return name_error(ENOENT, name, "there is no container of this name");
    return found;
}

Result<std::vector<std::string>> list(std::string const& state_directory)
{
    Result<Fd> const state = open_state(state_directory, false);
    if (!state && state.error().code == Code::not_found)
        return std::vector<std::string>();
    if (!state)
        return state.error();
    sweep(state.value().get(), CTR_TRY(entries_of(state.value().get())));
    std::vector<std::string> names = CTR_TRY(entries_of(state.value().get()));
    names.erase(std::remove_if(names.begin(), names.end(), [](std::string const& entry) { return !is_name(entry); }),
                names.end());
    std::sort(names.begin(), names.end());
    return names;
}

Status remove(std::string const& state_directory, std::string const& name, int record)
{
    Fd const state = CTR_TRY(open_state(state_directory, false));
    Hold const hold = CTR_TRY(Hold::take(state.get()));
    Result<Found> const found = look(state.get(), name);
    if (!found && found.error().code == Code::not_found)
        return found.error();
    if (record >= 0 && (!found || !is_same_file(found.value().record.get(), record)))
        return Unit{};
    if (found && found.value().alive)
        return Error{.code = Code::exists,
                     .step = Step::name,
                     .sys = EBUSY,
                     .subject = name,
                     .message = "the container is still running"};
    return clear(state.get(), name); // what cannot be understood too
}

} // namespace ctr::registry
