// SPDX-License-Identifier: MIT
//! Values, with the types of the arguments and members that take them.

use std::os::raw::c_int;

pub const CTR_VERSION_MAJOR: u32 = 0;
pub const CTR_VERSION_MINOR: u32 = 1;
pub const CTR_VERSION_PATCH: u32 = 0;

pub const CTR_ERR_NONE: c_int = 0;
pub const CTR_ERR_INVALID: c_int = 1;
pub const CTR_ERR_NOT_FOUND: c_int = 2;
pub const CTR_ERR_DENIED: c_int = 3;
pub const CTR_ERR_UNSUPPORTED: c_int = 4;
pub const CTR_ERR_LIMIT: c_int = 5;
pub const CTR_ERR_NO_COMMAND: c_int = 6;
pub const CTR_ERR_NOT_EXECUTABLE: c_int = 7;
pub const CTR_ERR_TIMED_OUT: c_int = 8;
pub const CTR_ERR_NO_MEMORY: c_int = 9;
pub const CTR_ERR_ENDED: c_int = 10;
pub const CTR_ERR_LOST: c_int = 11;
pub const CTR_ERR_FAILED: c_int = 12;
pub const CTR_ERR_CANCELLED: c_int = 13;
pub const CTR_ERR_AGAIN: c_int = 14;
pub const CTR_ERR_EXISTS: c_int = 15;

pub const CTR_ENV_BASE: u32 = 0;
pub const CTR_ENV_EMPTY: u32 = 1;

pub const CTR_STDIO_INHERIT: u32 = 0;
pub const CTR_STDIO_NULL: u32 = 1;
pub const CTR_STDIO_FD: u32 = 2;
pub const CTR_STDIO_PIPE: u32 = 3;
pub const CTR_STDIO_MERGE: u32 = 4;
pub const CTR_STDIO_CAPTURE: u32 = 5;

pub const CTR_KEEP_FIRST: u32 = 0;
pub const CTR_KEEP_LAST: u32 = 1;
pub const CTR_STDIO_APPEND: u64 = 1;
pub const CTR_RLIM_INFINITY: u64 = u64::MAX;

pub const CTR_NEW_PRIVS_REFUSED: u32 = 0;
pub const CTR_NEW_PRIVS_ALLOWED: u32 = 1;

pub const CTR_CORE_SCHEDULING_SHARED: u32 = 0;
pub const CTR_CORE_SCHEDULING_OWN: u32 = 1;

pub const CTR_SECCOMP_LISTENER_NONE: u32 = 0;
pub const CTR_SECCOMP_LISTENER_CALLER: u32 = 1;

pub const CTR_INIT_INSIDE: u32 = 0;
pub const CTR_INIT_OUTSIDE: u32 = 1;

pub const CTR_HOST_DEATH_KILLS: u32 = 0;
pub const CTR_HOST_DEATH_LEAVES: u32 = 1;

pub const CTR_LEFTOVERS_KILL: u32 = 0;
pub const CTR_LEFTOVERS_WAIT: u32 = 1;
pub const CTR_LEFTOVERS_LEAVE: u32 = 2;

pub const CTR_MAP_AUTO: u32 = 0;
pub const CTR_MAP_SINGLE: u32 = 1;
pub const CTR_MAP_SUBID: u32 = 2;
pub const CTR_MAP_NONE: u32 = 3;

pub const CTR_KEYRING_NEW: u32 = 0;
pub const CTR_KEYRING_INHERITED: u32 = 1;
pub const CTR_LANDLOCK_READ: u64 = 1;
pub const CTR_LANDLOCK_WRITE: u64 = 2;
pub const CTR_LANDLOCK_EXECUTE: u64 = 4;
pub const CTR_LANDLOCK_BIND: u64 = 1;
pub const CTR_LANDLOCK_CONNECT: u64 = 2;
pub const CTR_LANDLOCK_SCOPE_SOCKETS: u64 = 1;
pub const CTR_LANDLOCK_SCOPE_SIGNALS: u64 = 2;

pub const CTR_LANDLOCK_REQUIRED: u32 = 0;
pub const CTR_LANDLOCK_PREFERRED: u32 = 1;

pub const CTR_NAMESPACE_USER: u32 = 0;
pub const CTR_NAMESPACE_MOUNT: u32 = 1;
pub const CTR_NAMESPACE_PID: u32 = 2;
pub const CTR_NAMESPACE_NET: u32 = 3;
pub const CTR_NAMESPACE_UTS: u32 = 4;
pub const CTR_NAMESPACE_IPC: u32 = 5;
pub const CTR_NAMESPACE_CGROUP: u32 = 6;
pub const CTR_NAMESPACE_TIME: u32 = 7;

pub const CTR_NAMESPACE_OWN: u32 = 0;
pub const CTR_NAMESPACE_SHARED: u32 = 1;

pub const CTR_ROOT_WRITABLE: u32 = 0;
pub const CTR_ROOT_READ_ONLY: u32 = 1;
pub const CTR_MOUNT_OPTIONAL: u64 = 1 << 32;
pub const CTR_MOUNT_CREATE: u64 = 1 << 33;
pub const CTR_MOUNT_NOFOLLOW: u64 = 1 << 34;

pub const CTR_PROC_FRESH: u32 = 0;
pub const CTR_PROC_HOST: u32 = 1;
pub const CTR_PROC_ABSENT: u32 = 2;

pub const CTR_SYSTEM_PATHS_MASKED: u32 = 0;
pub const CTR_SYSTEM_PATHS_OPEN: u32 = 1;

pub const CTR_RESULT_EXITED: u32 = 1;
pub const CTR_RESULT_SIGNALED: u32 = 2;
pub const CTR_RESULT_TIMED_OUT: u32 = 3;
pub const CTR_RESULT_KILLED: u32 = 4;
pub const CTR_RESULT_LOST: u32 = 5;

pub const CTR_DEADLINE_WALL: u32 = 0;
pub const CTR_DEADLINE_CPU: u32 = 1;
pub const CTR_DEADLINE_SILENCE: u32 = 2;
pub const CTR_RESULT_CORE_DUMPED: u32 = 1;
pub const CTR_RESULT_TREE_LEFT: u32 = 2;

pub const CTR_SOURCE_NONE: u32 = 0;
pub const CTR_SOURCE_RUSAGE: u32 = 1;
pub const CTR_SOURCE_CLOCK: u32 = 2;

pub const CTR_KILL_COMMAND: u32 = 0;
pub const CTR_KILL_ALL: u32 = 1;

pub const CTR_EVENT_STARTED: u32 = 1;
pub const CTR_EVENT_STOPPED: u32 = 2;
pub const CTR_EVENT_CONTINUED: u32 = 3;
pub const CTR_EVENT_TIMED_OUT: u32 = 4;
pub const CTR_EVENT_ENDED: u32 = 5;
pub const CTR_NAME_REMOVE: u64 = 1;
pub const CTR_OPEN_LOOK: u64 = 1;

pub const CTR_STATE_STARTING: u32 = 1;
pub const CTR_STATE_RUNNING: u32 = 2;
pub const CTR_STATE_PAUSED: u32 = 3;
pub const CTR_STATE_ENDED: u32 = 4;
pub const CTR_STATE_LOST: u32 = 5;

pub const CTR_PAUSE_NONE: u32 = 0;
pub const CTR_PAUSE_SIGNALS: u32 = 1;
pub const CTR_PAUSE_FREEZER: u32 = 2;
