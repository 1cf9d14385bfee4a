// SPDX-License-Identifier: MIT
// The state directory and those in it. Nobody else may write there, so what stands in it is the caller's own; it is
// read with care all the same.
#include "registry/registry.h"

#include "base/text.h"
#include "sys/socket.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <iterator>
#include <memory>
#include <sys/stat.h>
#include <time.h>

namespace ctr::registry {

namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

constexpr std::string_view contents[] = {"info", "record", "control", "stdout", "stderr"};

struct Closed {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

bool is_content(std::string const& entry)
{
    return entry == "." || entry == ".." ||
           std::find(std::begin(contents), std::end(contents), entry) != std::end(contents);
}

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

int make_directory(int parent, char const* path)
{
    constexpr mode_t own = 0700;
    if (::mkdirat(parent, path, own) != 0)
        return errno;
    return sys::set_mode(parent, path, own);
}

// The last component may be missing, and must not be a link.
Result<Fd> open_state(std::string const& path, bool make)
{
    int const error = make ? make_directory(AT_FDCWD, path.c_str()) : 0;
    if (error != 0 && error != EEXIST)
        return name_error(error, path, "cannot make the state directory");
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

Result<std::vector<std::string>> entries_of(int state)
{
    sys::Outcome<Fd> again = sys::open_file(state, ".", O_RDONLY | O_DIRECTORY); // with an offset of its own
    std::unique_ptr<DIR, Closed> const directory(again ? ::fdopendir(again.value.get()) : nullptr);
    if (!directory)
        return name_error(again ? errno : again.error, "", "cannot list the state directory");
    (void)again.value.release(); // the stream has it
    std::vector<std::string> entries;
    while (dirent const* const entry = ::readdir(directory.get()))
        entries.emplace_back(entry->d_name);
    return entries;
}

namespace {

// The first that no container leaves: a file of another name, or a directory; "" where there is none.
Result<std::string> stranger_in(int place)
{
    for (std::string const& entry : CTR_TRY(entries_of(place))) {
        struct stat status = {};
        bool const known = is_content(entry) && ::fstatat(place, entry.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!known || (S_ISDIR(status.st_mode) && entry[0] != '.'))
            return entry;
    }
    return std::string();
}

// Why it is left alone; "" where it is a container's.
Result<std::string> strangeness_of(int state, std::string const& entry)
{
    sys::Outcome<Fd> const place = sys::open_file(state, entry.c_str(), directory_flags);
    struct stat status = {};
    bool const ours = place && ::fstat(place.value.get(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    std::string const stranger = place ? CTR_TRY(stranger_in(place.value.get())) : std::string();
    if (ours && stranger.empty())
        return std::string();
    return concat(quoted(entry), " is left alone, because ",
                  stranger.empty() ? "it" : concat(quoted(stranger), " in it"), " is not what a container leaves");
}

} // namespace

bool is_of_container(int state, std::string const& entry)
{
    Result<std::string> const strange = strangeness_of(state, entry);
    return strange && strange.value().empty();
}

// Renamed first, so that nobody sees a half of it.
Status clear(int state, std::string const& entry)
{
    struct stat status = {};
    if (::fstatat(state, entry.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return Unit{};
    if (std::string const strange = CTR_TRY(strangeness_of(state, entry)); !strange.empty())
        return name_error(ENOTEMPTY, entry, strange);
    std::string const old = entry.front() == '.' ? entry : concat(".old-", entry);
    if (old != entry) {
        CTR_TRY(clear(state, old));
        if (::renameat(state, entry.c_str(), state, old.c_str()) != 0)
            return errno == ENOENT ? Status(Unit{}) : Status(name_error(errno, entry, "it cannot be removed"));
    }
    sys::Outcome<Fd> const place = sys::open_file(state, old.c_str(), directory_flags);
    if (!place)
        return place.error == ENOENT ? Status(Unit{}) : Status(name_error(place.error, entry, "it cannot be removed"));
    for (std::string_view const file : contents)
        (void)::unlinkat(place.value.get(), file.data(), 0); // what is missing is gone; the rest shows in what follows
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
