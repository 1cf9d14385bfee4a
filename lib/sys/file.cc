// SPDX-License-Identifier: MIT
#include "sys/file.h"

#include "base/text.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>

namespace ctr::sys {

namespace {

constexpr int first_free = 4; // 0 to 2 are stdio, 3 is ctr-init's channel

} // namespace

Outcome<Fd> open_file(int dir, char const* path, int flags, mode_t mode)
{
    int fd = -1;
    do {
        fd = ::openat(dir, path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return {Fd(fd), fd < 0 ? errno : 0};
}

Outcome<Fd> open_inside(int root, char const* path, uint64_t flags)
{
    constexpr int most_tries = 100; // openat2 answers EAGAIN while others rename
    open_how how = {};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    long fd = -1;
    for (int i = 0; i < most_tries; i++) {
        fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return {Fd(static_cast<int>(fd)), fd < 0 ? errno : 0};
}

Outcome<Fd> open_common(char const* path, uint64_t flags)
{
    open_how how = {};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_NO_MAGICLINKS;
    Fd file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how)));
    int const error = file ? 0 : errno;
    return {std::move(file), error};
}

Outcome<Pipe> make_pipe(int flags)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, flags | O_CLOEXEC) != 0)
        return {{}, errno};
    Outcome<Fd> read = lifted(Fd(ends[0]));
    Outcome<Fd> write = lifted(Fd(ends[1]));
    if (!read || !write)
        return {{}, read ? write.error : read.error};
    return {{std::move(read.value), std::move(write.value)}, 0};
}

bool is_fed(int fifo)
{
    Outcome<Pipe> const own = make_pipe();
    if (!own)
        return true;
    ssize_t copied = -1;
    do {
        copied = ::tee(fifo, own.value.write.get(), 1, SPLICE_F_NONBLOCK); // EAGAIN: a writer, and nothing yet
    } while (copied < 0 && errno == EINTR);
    return copied != 0;
}

Outcome<std::string> read_all(int fd, size_t most)
{
    constexpr size_t piece = 4096;
    auto const buffer = std::make_unique_for_overwrite<char[]>(piece); // a caller's stack may be small
    std::string text;
    while (true) {
        ssize_t const got = ::read(fd, buffer.get(), piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return {{}, errno};
        if (got == 0)
            return {std::move(text), 0};
        if (text.size() + static_cast<size_t>(got) > most)
            return {{}, EFBIG};
        text.append(buffer.get(), static_cast<size_t>(got));
    }
}

Outcome<std::string> read_regular(int fd, size_t most)
{
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
        return {{}, errno};
    if (!S_ISREG(status.st_mode))
        return {{}, EINVAL};
    return read_all(fd, most);
}

Outcome<std::string> read_regular(char const* path, size_t most)
{
    Outcome<Fd> const file = open_file(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
    if (!file)
        return {{}, file.error};
    return read_regular(file.value.get(), most);
}

int write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        ssize_t const written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        text.remove_prefix(static_cast<size_t>(written));
    }
    return 0;
}

int set_mode(int dir, char const* path, mode_t mode)
{
    constexpr mode_t permissions = 0777;
    Outcome<Fd> const made = open_file(dir, path, O_PATH | O_NOFOLLOW);
    if (!made)
        return made.error;
    struct stat status = {};
    if (::fstat(made.value.get(), &status) != 0)
        return errno;
    if (S_ISLNK(status.st_mode) || status.st_uid != ::geteuid())
        return EPERM;
    if ((status.st_mode & permissions) == mode)
        return 0;
    std::string const again = concat("/proc/self/fd/", std::to_string(made.value.get())); // no fchmod of O_PATH
    return ::chmod(again.c_str(), mode) == 0 ? 0 : errno;
}

Outcome<std::string> read_link(int dir, char const* path)
{
    auto const buffer = std::make_unique_for_overwrite<char[]>(PATH_MAX);
    ssize_t const got = ::readlinkat(dir, path, buffer.get(), PATH_MAX);
    if (got < 0)
        return {{}, errno};
    return {std::string(buffer.get(), static_cast<size_t>(got)), 0};
}

Outcome<Fd> duplicate(int fd)
{
    int const higher = ::fcntl(fd, F_DUPFD_CLOEXEC, first_free);
    return {Fd(higher), higher < 0 ? errno : 0};
}

int lift(Fd& fd)
{
    if (fd.get() >= first_free)
        return 0;
    Outcome<Fd> higher = duplicate(fd.get());
    if (higher)
        fd = std::move(higher.value);
    return higher.error;
}

Outcome<Fd> lifted(Fd fd)
{
    int const error = lift(fd);
    return {error == 0 ? std::move(fd) : Fd(), error};
}

} // namespace ctr::sys
