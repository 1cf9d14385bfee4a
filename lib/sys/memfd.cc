// SPDX-License-Identifier: MIT
#include "sys/memfd.h"

#include <cerrno>
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

Outcome<Fd> sealed_file(char const* name, std::string_view content, bool program)
{
    Fd file(create(name, program));
    if (!file)
        return {{}, errno};
    if (int const error = write_all(file.get(), content); error != 0)
        return {{}, error};
    if (program && ::fchmod(file.get(), 0111) != 0)
        return {{}, errno};
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return {{}, errno};
    return lifted(std::move(file));
}

} // namespace ctr::sys
