// SPDX-License-Identifier: MIT
#include "sys/memfd.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MFD_NOEXEC_SEAL // 6.3
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

namespace ctr::sys {

namespace {

// Kernels before 6.3 do not know the flags about execution.
int create(char const* name, bool program)
{
    unsigned const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int const fd = ::memfd_create(name, flags | (program ? MFD_EXEC : MFD_NOEXEC_SEAL));
    return fd < 0 && errno == EINVAL ? ::memfd_create(name, flags) : fd;
}

} // namespace

int write_quietly(int fd, std::string_view content)
{
    sigset_t size_signal;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&size_signal);
    sigaddset(&size_signal, SIGXFSZ);
    (void)::sigpending(&pending); // cannot fail
    bool const theirs = ::sigismember(&pending, SIGXFSZ) == 1;
    (void)::pthread_sigmask(SIG_BLOCK, &size_signal, &before); // cannot fail
    int const error = write_all(fd, content);
    timespec const at_once = {};
    if (error == EFBIG && !theirs)
        (void)::sigtimedwait(&size_signal, nullptr, &at_once); // it may be ignored
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);    // cannot fail
    return error;
}

Outcome<Fd> memory_file(char const* name, void const* start, size_t size)
{
    Fd file(create(name, false));
    if (!file)
        return {{}, errno};
    if (int const error = write_quietly(file.get(), {static_cast<char const*>(start), size}); error != 0)
        return {{}, error};
    return lifted(std::move(file));
}

Outcome<Fd> sealed_file(char const* name, std::string_view content, bool program)
{
    Fd file(create(name, program));
    if (!file)
        return {{}, errno};
    if (int const error = write_quietly(file.get(), content); error != 0)
        return {{}, error};
    if (program && ::fchmod(file.get(), 0111) != 0)
        return {{}, errno};
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return {{}, errno};
    return lifted(std::move(file));
}

} // namespace ctr::sys
