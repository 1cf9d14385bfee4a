// SPDX-License-Identifier: MIT
#include "sys/socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

namespace ctr::sys {

namespace {

constexpr int backlog = 32;
constexpr timeval patience = {2, 0}; // of a connection to somebody whose queue is full

sockaddr_un address_of(int directory, char const* name)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
    return address;
}

Outcome<Fd> make_socket(int flags)
{
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
    if (!fd)
        return {{}, errno};
    return lifted(std::move(fd));
}

} // namespace

// Whoever accepts never waits: who connected may be gone by then.
Outcome<Fd> listen_in(int directory, char const* name)
{
    Outcome<Fd> made = make_socket(SOCK_NONBLOCK);
    if (!made)
        return made;
    sockaddr_un const address = address_of(directory, name);
    constexpr mode_t own = S_IRUSR | S_IWUSR;
    (void)::fchmod(made.value.get(), own); // the name gets what of it the umask leaves
    if (::bind(made.value.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        return {{}, errno};
    if (int const error = set_mode(directory, name, own); error != 0)
        return {{}, error};
    if (::listen(made.value.get(), backlog) != 0)
        return {{}, errno};
    return made;
}

Outcome<Fd> connect_in(int directory, char const* name)
{
    Outcome<Fd> made = make_socket(0);
    if (!made)
        return made;
    (void)::setsockopt(made.value.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); // else it waits
    sockaddr_un const address = address_of(directory, name);
    int result = 0;
    do {
        result = ::connect(made.value.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        return {{}, errno};
    return made;
}

int lock_file(int fd)
{
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

bool is_locked(int fd)
{
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int lock_directory(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno; }

void unlock_directory(int fd) { (void)::flock(fd, LOCK_UN); } // cannot fail

} // namespace ctr::sys
