// SPDX-License-Identifier: MIT
// Sockets with a name in a directory, and locks on files: how processes find each other.
#pragma once

#include "sys/file.h"

namespace ctr::sys {

// By the directory's descriptor: a socket's path is short, a directory's need not be.
Outcome<Fd> listen_in(int directory, char const* name);
Outcome<Fd> connect_in(int directory, char const* name);

// A whole-file lock that belongs to the open file, and so to every process that has it; the last one to close it lets
// go. 0 or errno; EAGAIN where somebody else has it.
int lock_file(int fd);
bool is_locked(int fd); // by another open file; takes nothing

// The exclusive flock(2) of an open directory. 0 or errno; EAGAIN where somebody else has it.
int lock_directory(int fd);
void unlock_directory(int fd);

} // namespace ctr::sys
