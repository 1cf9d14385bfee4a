// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <cerrno>

namespace ctr {

Code code_of(int sys)
{
    switch (sys) {
    case 0: return Code::failed;
    case ENOENT:
    case ENOTDIR:
    case ENXIO: return Code::not_found;
    case EPERM:
    case EACCES:
    case EROFS: return Code::denied;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENODEV: return Code::unsupported;
    case ENOSPC: // a namespace limit, or a full disk
    case EUSERS:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case EFBIG:
    case EDQUOT: return Code::limit;
    case ENOMEM: return Code::no_memory;
    case EINVAL:
    case ERANGE: // a clock would be shifted to where it cannot go
    case ELOOP:
    case ENAMETOOLONG:
    case E2BIG:
    case EEXIST:
    case EISDIR:
    case EBADF: return Code::invalid;
    case ETIMEDOUT: return Code::timed_out;
    default: return Code::failed;
    }
}

} // namespace ctr
