// SPDX-License-Identifier: MIT
// The state directory and those in it. Nobody else may write there, so what stands in it is the caller's own; it is
// read with care all the same.
#include "registry/registry.h"

#include "base/text.h"
#include "sys/socket.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

namespace ctr::registry {

namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

Status check_owner(int fd, std::string const& subject)
{
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
        return name_error(errno, subject, "cannot look at the state directory");
    Error error{.code = Code::denied, .step = Step::name, .sys = EPERM, .subject = subject};
    error.message = "the state directory belongs to somebody else";
    if (status.st_uid != ::geteuid())
        return error;
    error.message = "others may write to the state directory";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error;
    return Unit{};
}

} // namespace

Error name_error(int sys, std::string const& subject, std::string message)
{
    bool const missing = sys == ENOENT;
    return Error{.code = sys == EEXIST ? Code::exists
                         : missing     ? Code::not_found
                                       : code_of(sys),
                 .step = Step::name,
                 .sys = sys,
                 .subject = subject,
                 .message = std::move(message)};
}

// The last component may be missing, and must not be a link.
Result<Fd> open_state(std::string const& path, bool make)
{
    constexpr mode_t own = 0700;
    if (make && ::mkdir(path.c_str(), own) != 0 && errno != EEXIST)
        return name_error(errno, path, "cannot make the state directory");
    sys::Outcome<Fd> opened = sys::open_file(AT_FDCWD, path.c_str(), directory_flags);
    if (!opened)
        return name_error(opened.error, path, "cannot open the state directory");
    CTR_TRY(check_owner(opened.value.get(), path));
    return std::move(opened.value);
}

Result<Fd> open_place(int state, std::string const& name)
{
    sys::Outcome<Fd> opened = sys::open_file(state, name.c_str(), directory_flags);
    if (!opened)
        return name_error(opened.error, name,
                          opened.error == ENOENT ? "there is no container of this name" : "cannot open its directory");
    CTR_TRY(check_owner(opened.value.get(), name));
    return std::move(opened.value);
}

// Renamed first, so that nobody sees a half of it.
Status clear(int state, std::string const& entry)
{
    constexpr char const* contents[] = {"info", "record", "control", "stdout", "stderr"};
    std::string const old = entry.front() == '.' ? entry : concat(".old-", entry);
    if (old != entry) {
        CTR_TRY(clear(state, old));
        if (::renameat(state, entry.c_str(), state, old.c_str()) != 0)
            return errno == ENOENT ? Status(Unit{}) : Status(name_error(errno, entry, "it cannot be removed"));
    }
    sys::Outcome<Fd> const place = sys::open_file(state, old.c_str(), directory_flags);
    if (!place)
        return place.error == ENOENT ? Status(Unit{}) : Status(name_error(place.error, entry, "it cannot be removed"));
    for (char const* const file : contents)
        (void)::unlinkat(place.value.get(), file, 0); // what is missing is gone; the rest shows in what follows
    if (::unlinkat(state, old.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
        return name_error(errno, entry, "it cannot be removed");
    return Unit{};
}

Result<Hold> Hold::take(int state)
{
    constexpr int most_tries = 2000; // a millisecond each
    for (int i = 0; i < most_tries; i++) {
        int const error = sys::lock_directory(state);
        if (error == 0)
            return Hold(state);
        if (error != EAGAIN && error != EINTR)
            return name_error(error, "", "cannot lock the state directory");
        timespec const pause = {0, 1000000};
        (void)::nanosleep(&pause, nullptr); // cut short or not, the next round looks again
    }
    return Error{.code = Code::timed_out,
                 .step = Step::name,
                 .sys = ETIMEDOUT,
                 .message = "another process holds the lock of the state directory, stopped perhaps"};
}

Hold::~Hold()
{
    if (state_ >= 0)
        sys::unlock_directory(state_);
}

} // namespace ctr::registry
