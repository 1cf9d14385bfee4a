// SPDX-License-Identifier: MIT
// Files of the host: opened, read whole, looked at. Errors carry errno; the caller knows the story.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace ctr::sys {

// A value or the errno that prevented it; for verbs whose callers decide what a failure means.
template <typename T>
struct Outcome {
    T value = {};
    int error = 0;
    explicit operator bool() const { return error == 0; }
};

Outcome<Fd> open_file(int dir, char const* path, int flags, mode_t mode = 0);

struct Pipe {
    Fd read;
    Fd write;
};
Outcome<Pipe> make_pipe(int flags = 0); // both ends above the standard descriptors

// Whether a FIFO has a writer, or what one left; takes nothing out of it. True where the kernel does not say.
bool is_fed(int fifo);

// Opens a path below a directory that is the root to it: no link leads out.
Outcome<Fd> open_inside(int root, char const* path, uint64_t flags);

// Opens by what is the same to every process: not through descriptors and directories of one, ELOOP.
Outcome<Fd> open_common(char const* path, uint64_t flags);

// Reads a regular file up to a limit in bytes; larger is EFBIG, another kind of file is EINVAL.
Outcome<std::string> read_regular(int fd, size_t most);
Outcome<std::string> read_regular(char const* path, size_t most);

// Reads a file of /proc, whose size is not known before.
Outcome<std::string> read_all(int fd, size_t most);

int write_all(int fd, std::string_view text); // 0 or errno

// A write past RLIMIT_FSIZE sends SIGXFSZ, which would end the host: it is kept away and taken back. (memfd.cc)
int write_quietly(int fd, std::string_view content);

// Gives what the caller has just made in a directory this mode, of which the umask may have taken away. Follows no link,
// and changes nothing of somebody else's. 0 or errno.
int set_mode(int dir, char const* path, mode_t mode);

Outcome<std::string> read_link(int dir, char const* path);

// Moves a descriptor above the numbers that ctr-init's start uses, and above those that a host without standard streams
// would read and print to.
Outcome<Fd> lifted(Fd fd);
int lift(Fd& fd); // the same; 0, or errno and it stays where it is

Outcome<Fd> duplicate(int fd); // close-on-exec, above the same numbers

} // namespace ctr::sys
