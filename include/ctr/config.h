/* SPDX-License-Identifier: MIT */
/**
 * A config says what to run and in which box. It is a wish list in call order: setters check the shape
 * of what they are given, ctr_spawn() checks the whole.
 *
 * What holds for every setter here:
 *   Returns  0, or a negative errno value: -EINVAL when the argument's shape is wrong, -ENOMEM. The first
 *            shape error is also kept in the config, and ctr_spawn() reports it with the call and its
 *            index, so a program may ignore the return values of setters.
 *   Owner    arguments are borrowed: strings and arrays are copied, file descriptors are duplicated.
 *   Threads  one thread at a time per config; spawning from one config in many threads is fine as long
 *            as no thread changes it meanwhile.
 *   Since    0.1, unless a line says otherwise.
 */
#ifndef CTR_CONFIG_H
#define CTR_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to run, and in which box. */
typedef struct ctr_config ctr_config;

/**
 * Returns a new config: no command, the host's own root file system read-only, every namespace own,
 * network with loopback only, ids mapped as CTR_MAP_AUTO says, stdio inherited, an environment of PATH,
 * HOME and TERM. NULL when memory runs out.
 *
 * Owner   the caller; release with ctr_config_free()
 * Threads any thread
 * Since   0.1
 */
ctr_config *ctr_config_new(void);

/** Releases a config. Accepts NULL. Containers started from it live on. */
void ctr_config_free(ctr_config *config);

/* ------------------------------------------------------------------------------------- process */

/**
 * Sets the command: argv[0] is a path inside the container (with a `/`), or a name that is looked up in
 * the PATH of the container's environment.
 *
 * @argv  NULL-terminated, at least one word
 */
int ctr_config_set_command(ctr_config *config, const char *const *argv);

/**
 * Executes an open file instead of looking argv[0] up: a program that is nowhere in the container, or a
 * memory file. ctr_config_set_command() still gives the words, and argv[0] may be any. A script with "#!"
 * cannot be executed this way: its interpreter would have to open a descriptor that exec closes.
 *
 * @fd  a regular file, open for reading or with O_PATH, with execute permission; nobody may have it open
 *      for writing
 */
int ctr_config_set_command_fd(ctr_config *config, int fd);

/** Sets the environment variable @name of the command; a later call for the same name wins. @value may be "". */
int ctr_config_add_env(ctr_config *config, const char *name, const char *value);

enum { CTR_ENV_BASE = 0, CTR_ENV_EMPTY = 1 };

/** Sets what the environment starts from: CTR_ENV_BASE (default: PATH, HOME, TERM) or CTR_ENV_EMPTY. */
int ctr_config_set_env_base(ctr_config *config, uint32_t base);

/**
 * Sets the working directory, an absolute path inside the container that must exist there.
 * Without it: the caller's own where the same directory is visible under the same path inside, else "/".
 */
int ctr_config_set_cwd(ctr_config *config, const char *path);

/** Sets the file mode creation mask (default 022; 0 to 0777). */
int ctr_config_set_umask(ctr_config *config, uint32_t mask);

enum {
    CTR_STDIO_INHERIT = 0,
    CTR_STDIO_NULL = 1,
    CTR_STDIO_FD = 2,
    CTR_STDIO_PIPE = 3,
    CTR_STDIO_MERGE = 4,
    CTR_STDIO_CAPTURE = 5
};

/**
 * Sets standard input, output or error of the command. The last call for a number wins, that of
 * ctr_config_set_stdio_file() included.
 *
 * @number  0, 1 or 2
 * @kind    one of
 *   CTR_STDIO_INHERIT  (default) the caller's own
 *   CTR_STDIO_NULL     /dev/null
 *   CTR_STDIO_FD       @fd
 *   CTR_STDIO_PIPE     a pipe, made at each spawn; the other end is ctr_container_stdio()
 *   CTR_STDIO_MERGE    for number 2 only: what number 1 is, whatever that is; one open file description,
 *                      so that a file has one offset
 *   CTR_STDIO_CAPTURE  for numbers 1 and 2: kept in memory up to the capture limit, read by
 *                      ctr_container_output() at any time. Nobody has to read along, and a descendant that
 *                      holds the stream open keeps nobody waiting.
 * @fd      an open file descriptor for CTR_STDIO_FD; without meaning for the other kinds: -1
 */
int ctr_config_set_stdio(ctr_config *config, int number, uint32_t kind, int fd);

/**
 * Sets how many bytes of each captured stream are kept, from its start; 1 MiB by default. What comes later is counted
 * and dropped: the command never waits, and ctr_container_output() tells how much is missing.
 *
 * @bytes  1 to 1 GiB
 */
int ctr_config_set_capture_limit(ctr_config *config, uint64_t bytes);

enum { CTR_KEEP_FIRST = 0, CTR_KEEP_LAST = 1 };

/**
 * Sets which bytes of a captured stream are kept where there are more than the limit: CTR_KEEP_FIRST (default) or
 * CTR_KEEP_LAST, as of a log.
 */
int ctr_config_set_capture_keep(ctr_config *config, uint32_t which);

#define CTR_STDIO_APPEND UINT64_C(1) /* what is written goes to the end of the file */

/**
 * Sets standard input, output or error of the command to a file of the host. The calling process opens it
 * at each spawn, with its own rights and umask: standard input for reading; output is made with mode 0666
 * less the umask if it is missing, and emptied unless CTR_STDIO_APPEND is given. Opening waits for nobody:
 * a FIFO that nobody reads is an error of ctr_spawn(), and so is one for standard input that nobody writes
 * and nobody has left anything in.
 *
 * Where it cannot be opened, ctr_spawn() fails in the step "process" with @path as subject. It is opened
 * when everything else of the config is known to fit together, and before the command's process exists.
 *
 * @number  0, 1 or 2
 * @path    absolute, or relative to the caller's directory at the spawn
 * @flags   0 or CTR_STDIO_APPEND, which is for output only
 */
int ctr_config_set_stdio_file(ctr_config *config, int number, const char *path, uint64_t flags);

/**
 * Gives the command a terminal of the container's own as standard input, output and error: a new pseudo
 * terminal of the container's /dev/pts that controls the command's session, so that job control works
 * inside. The caller's side of it is ctr_container_terminal(). The terminal belongs to the command's user.
 *
 * Together with ctr_config_set_stdio() or ctr_config_set_stdio_file() it is an error of ctr_spawn(), as it
 * is where the mount namespace is not the container's own, or where something is mounted on /dev or
 * /dev/pts.
 *
 * @rows, @columns  its size, at most 65535 each; 0 and 0 leave it as the kernel makes it
 */
int ctr_config_set_terminal(ctr_config *config, uint32_t rows, uint32_t columns);

/**
 * Passes a file descriptor into the container. Nothing else is inherited.
 *
 * @host_fd    open in the caller
 * @inside_fd  its number inside, from 3 on; given twice is an error of ctr_spawn()
 */
int ctr_config_add_fd(ctr_config *config, int host_fd, int inside_fd);

/**
 * Announces the passed descriptors 3 to 3+@count-1 to the command by the variables LISTEN_FDS and
 * LISTEN_PID, as sd_listen_fds(3) expects it; each of them must be passed. LISTEN_PID is the pid that the
 * command sees as its own, whatever namespaces it is in. Both replace variables of these names.
 *
 * @count  0 (default) to 240; 0 announces nothing
 */
int ctr_config_set_listen_fds(ctr_config *config, uint32_t count);

#define CTR_RLIM_INFINITY UINT64_MAX /* no limit */

/** Sets a resource limit of the command: @resource is one of RLIMIT_*, @soft is at most @hard. */
int ctr_config_add_rlimit(ctr_config *config, int resource, uint64_t soft, uint64_t hard);

enum { CTR_NEW_PRIVS_REFUSED = 0, CTR_NEW_PRIVS_ALLOWED = 1 };

/** Sets whether exec may grant privileges, as setuid programs do. Default: CTR_NEW_PRIVS_REFUSED. */
int ctr_config_set_new_privs(ctr_config *config, uint32_t mode);

/* -------------------------------------------------------------------------------------- limits */

/**
 * Limits how many processes and threads the container's users may have at a time, each user id on its own; ctr-init
 * is not counted. 0 (default) is no limit. What would be one too many fails with EAGAIN.
 *
 * It is RLIMIT_NPROC inside the container's own user namespace, so it needs neither a control group nor any privilege:
 * an error of ctr_spawn() where that namespace is not its own, where the command's user is the host's root, whose
 * processes the kernel does not count, and together with RLIMIT_NPROC of ctr_config_add_rlimit(). Where several ids are
 * mapped and the command may change its own, a notice says that each of them has a limit.
 *
 * @count  at most 4194304, the kernel's greatest pid
 */
int ctr_config_set_pids_limit(ctr_config *config, uint64_t count);

/**
 * Sets how eagerly the kernel's out-of-memory killer takes processes of the container, ctr-init included: -1000
 * (never) to 1000 (first). Less than the caller's own needs privilege. Default: the caller's.
 */
int ctr_config_set_oom_score_adj(ctr_config *config, int32_t value);

/**
 * Sets the nice value of every process of the container, -20 to 19. Less than the caller's own needs privilege.
 * Default: the caller's.
 */
int ctr_config_set_nice(ctr_config *config, int32_t value);

/**
 * Sets the processors that the container's processes start on, as a list such as "0-3,8"; each must be there and
 * available to the caller. It is an affinity, not a wall: a process of the container may choose others again.
 *
 * @list  numbers and ranges, separated by commas; below 8192. NULL (default) is the caller's.
 */
int ctr_config_set_cpu_affinity(ctr_config *config, const char *list);

enum { CTR_CORE_SCHEDULING_SHARED = 0, CTR_CORE_SCHEDULING_OWN = 1 };

/**
 * Sets whether the sibling threads of a processor core may run other programs while the container runs on it:
 * CTR_CORE_SCHEDULING_SHARED (default), or CTR_CORE_SCHEDULING_OWN: never, which closes side channels between them.
 * The latter is an error of ctr_spawn() on processors without sibling threads and on kernels that cannot do it.
 *
 * Since 0.1; Linux 5.14
 */
int ctr_config_set_core_scheduling(ctr_config *config, uint32_t mode);

/**
 * Sets which system calls the command and its descendants may make, by the name of a built-in profile:
 *
 *   "default"     (default) what programs of every kind need, and nothing of the kernel's administration: no new
 *                 namespaces, no mounts, no keys, no io_uring, sockets of the usual families only, no typing into
 *                 terminals. What needs a capability is allowed where the command keeps that capability. A forbidden
 *                 call fails with EPERM, one that the profile has never heard of with ENOSYS.
 *   "build"       that, and what package builders need: user namespaces and what can be done inside them, any
 *                 personality, programs of 32 bits
 *   "strict"      for a computation: no tracing, no namespaces, no setuid bits, sockets of AF_UNIX, AF_INET and
 *                 AF_INET6 only
 *   "contained", "crabcan"  what the tutorials of these names refuse, and everything else allowed
 *   "unconfined"  no filter
 *
 * On x86-64 a call of a 32-bit program ends the process with SIGSYS, except in "build"; one of the x32 kind always does.
 * The filter is in force from the exec of the command on, and for further commands by ctr_exec() too. With
 * CTR_NEW_PRIVS_ALLOWED it has to be in force a little earlier, and must allow what sets user, groups and directory.
 * The last call of this and the two setters below wins. Another name is an error of ctr_spawn().
 */
int ctr_config_set_seccomp(ctr_config *config, const char *name);

/**
 * Sets the system calls by a profile of the container engines' JSON format: defaultAction, defaultErrnoRet,
 * architectures or archMap, and syscalls with names, args, action, errnoRet, includes and excludes. Actions are
 * SCMP_ACT_ALLOW, _ERRNO, _LOG, _TRAP, _NOTIFY, _KILL, _KILL_THREAD and _KILL_PROCESS. For one call rules with args
 * come before those without; among each, the first that holds decides. A call that is allowed by a name that is not known
 * is left out; a refusal that cannot be had is an error.
 *
 * A profile that cannot be read is an error of ctr_spawn() that names line, column and rule, as is one that does not
 * allow the command to be executed.
 *
 * @json  1 byte to 1 MiB
 */
int ctr_config_set_seccomp_json(ctr_config *config, const char *json);

/**
 * Sets the system calls by a program of classic BPF over struct seccomp_data, as libseccomp exports it: instructions
 * of 8 bytes in the order of bytes of this machine. The kernel checks it; a program that it refuses is an error of
 * ctr_spawn() in the step "filter".
 *
 * @program  1 to 4096 instructions
 * @size     in bytes
 */
int ctr_config_set_seccomp_bpf(ctr_config *config, const void *program, size_t size);

enum { CTR_SECCOMP_LISTENER_NONE = 0, CTR_SECCOMP_LISTENER_CALLER = 1 };

/**
 * Sets who answers the system calls that a profile with SCMP_ACT_NOTIFY, or a program that returns SECCOMP_RET_USER_NOTIF,
 * asks about: nobody (CTR_SECCOMP_LISTENER_NONE, default), and such a profile is an error of ctr_spawn(); or the
 * caller (CTR_SECCOMP_LISTENER_CALLER), by the descriptor that ctr_container_seccomp_fd() returns. A call that
 * is asked about waits for its answer, and fails with ENOSYS when every copy of the descriptor is closed.
 *
 * The filter must allow execve or execveat, and sendmsg, without asking. New privileges must be refused. A config for
 * ctr_exec() in a container with a listener has to set it too; the further command has a descriptor of its own.
 */
int ctr_config_set_seccomp_listener(ctr_config *config, uint32_t mode);

/* ------------------------------------------------------------------------------------ lifetime */

/**
 * Sets the deadline: when this many milliseconds have passed since the command was started, the whole
 * container is killed and the result is CTR_RESULT_TIMED_OUT. 0 (default) is none.
 */
int ctr_config_set_timeout(ctr_config *config, uint64_t milliseconds);

/** At the deadline sends SIGTERM to the command first, and kills after this grace. 0 (default): at once. */
int ctr_config_set_kill_after(ctr_config *config, uint64_t milliseconds);

/**
 * Sets how much processor time all processes of the container may use together, those that have ended included; 0 is
 * no limit. It is looked at more often the less is left, so it is passed by a few hundredths of a second for each
 * processor. Needs an own pid namespace with ctr-init inside. Children of a process that ignores SIGCHLD are lost to
 * every count when they end: set a deadline beside it.
 */
int ctr_config_set_cpu_timeout(ctr_config *config, uint64_t milliseconds);

/**
 * Sets how long the command may write nothing to standard output and standard error; 0 is no limit. At least one of
 * them must be a capture or a file of the library: of others it cannot be seen.
 */
int ctr_config_set_silence_timeout(ctr_config *config, uint64_t milliseconds);

/**
 * Bounds the set-up, that is ctr_spawn() itself; 0 is no bound. Default 30000, or the deadline of ctr_config_set_timeout()
 * where that is shorter, but a second at least.
 */
int ctr_config_set_setup_timeout(ctr_config *config, uint64_t milliseconds);

enum { CTR_INIT_INSIDE = 0, CTR_INIT_OUTSIDE = 1 };

/**
 * Sets where ctr-init runs: CTR_INIT_INSIDE (default) is pid 1 of the container, reaps orphans and
 * forwards signals; with CTR_INIT_OUTSIDE the command itself is pid 1 and ctr-init supervises it from
 * outside its pid namespace.
 */
int ctr_config_set_init(ctr_config *config, uint32_t mode);

enum { CTR_HOST_DEATH_KILLS = 0, CTR_HOST_DEATH_LEAVES = 1 };

/**
 * Sets what happens when the process that spawned the container dies: CTR_HOST_DEATH_KILLS (default) or
 * CTR_HOST_DEATH_LEAVES. It is the process that counts, not the thread that called ctr_spawn().
 */
int ctr_config_set_host_death(ctr_config *config, uint32_t mode);

enum { CTR_LEFTOVERS_KILL = 0, CTR_LEFTOVERS_WAIT = 1, CTR_LEFTOVERS_LEAVE = 2 };

/**
 * Sets what happens to the processes that the command leaves behind when it ends: CTR_LEFTOVERS_KILL (default)
 * ends them; with CTR_LEFTOVERS_WAIT the container ends with the last of them, bounded by the deadline; with
 * CTR_LEFTOVERS_LEAVE ctr_wait() returns at the command's end and they run on until they end, the container is
 * ended, or its handle is freed without ctr_container_detach(). The last two need ctr-init inside.
 */
int ctr_config_set_leftovers(ctr_config *config, uint32_t mode);

/* ------------------------------------------------------------------------------------ identity */

enum { CTR_MAP_AUTO = 0, CTR_MAP_SINGLE = 1, CTR_MAP_SUBID = 2, CTR_MAP_NONE = 3 };

/**
 * Sets how ids are mapped.
 *
 *   CTR_MAP_AUTO    (default) for a privileged caller every id as itself; otherwise CTR_MAP_SUBID where
 *                   ranges and helpers are there, else CTR_MAP_SINGLE, and the report says so
 *   CTR_MAP_SINGLE  only the caller's own id, as the id of the command; no helper is executed
 *   CTR_MAP_SUBID   the caller's id and all its ranges of /etc/subuid and /etc/subgid, by newuidmap and
 *                   newgidmap
 *   CTR_MAP_NONE    no user namespace; the caller must be privileged
 *
 * Ranges added by ctr_config_add_uid_range() or ctr_config_add_gid_range() are used instead of any mode.
 */
int ctr_config_set_map(ctr_config *config, uint32_t mode);

/** Maps @count user ids from @inside on to those from @outside on. */
int ctr_config_add_uid_range(ctr_config *config, uint32_t inside, uint32_t outside, uint32_t count);

/** Maps @count group ids from @inside on to those from @outside on. */
int ctr_config_add_gid_range(ctr_config *config, uint32_t inside, uint32_t outside, uint32_t count);

/**
 * Sets the user and group of the command: "UID", "UID:GID", "NAME" or "NAME:GROUP". Names come from the
 * container's own /etc/passwd and /etc/group; a name brings its supplementary groups along. Default "0".
 * A numeric user is what the caller's own id is mapped to.
 */
int ctr_config_set_user(ctr_config *config, const char *user);

/** Adds a supplementary group, by number or by a name of the container's /etc/group. */
int ctr_config_add_group(ctr_config *config, const char *group);

/**
 * Sets the programs that write id ranges. NULL keeps the default: found in the usual system directories.
 *
 * @newuidmap, @newgidmap  absolute paths of the host
 */
int ctr_config_set_id_helpers(ctr_config *config, const char *newuidmap, const char *newgidmap);

/**
 * Lets the command keep a capability in the container's user namespace, by its name with or without
 * "CAP_", or "ALL". A command that runs as user 0 starts with CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL,
 * NET_BIND_SERVICE, NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID and SYS_CHROOT; another user has none.
 * With SYS_ADMIN the command can undo mounts, and so see what they hide and write what they protect.
 */
int ctr_config_add_capability(ctr_config *config, const char *name);

/** Takes a capability from the command, or "ALL". Both for one name is an error of ctr_spawn(). */
int ctr_config_drop_capability(ctr_config *config, const char *name);

/**
 * Sets what capabilities a command that runs as user 0 starts with, before some are added or taken:
 *
 *   "default"    those that ctr_config_add_capability() names
 *   "contained"  all but AUDIT_CONTROL, AUDIT_READ, AUDIT_WRITE, BLOCK_SUSPEND, DAC_READ_SEARCH, FSETID, IPC_LOCK,
 *                MAC_ADMIN, MAC_OVERRIDE, MKNOD, SETFCAP, SYSLOG, SYS_ADMIN, SYS_BOOT, SYS_MODULE, SYS_NICE, SYS_RAWIO,
 *                SYS_RESOURCE, SYS_TIME, WAKE_ALARM, and those newer than CHECKPOINT_RESTORE
 *   "crabcan"    likewise, without DAC_OVERRIDE
 *
 * They are those of the command's user namespace, and its bounding set for whatever user it is.
 */
int ctr_config_set_capability_profile(ctr_config *config, const char *name);

enum { CTR_KEYRING_NEW = 0, CTR_KEYRING_INHERITED = 1 };

/**
 * Sets the session keyring of the container: CTR_KEYRING_NEW (default) is an empty one, so that keys of the caller's
 * session are out of reach; CTR_KEYRING_INHERITED is the caller's. A new one counts for the caller's kernel.keys.maxkeys
 * where the caller has a session keyring, as logins have. Where that is used up it is an error, unless the filter refuses
 * the calls that reach keys, as the default one does: then the caller's keyring stays, out of reach.
 */
int ctr_config_set_keyring(ctr_config *config, uint32_t mode);

/* ------------------------------------------------------------------------------------ landlock */

#define CTR_LANDLOCK_READ UINT64_C(1)    /* read files, list directories */
#define CTR_LANDLOCK_WRITE UINT64_C(2)   /* write, truncate, make, rename and remove files */
#define CTR_LANDLOCK_EXECUTE UINT64_C(4) /* execute files; a program's loader and libraries too */

/**
 * Lets every process of the container do this with @path and what is below it, and nothing else with any file that it
 * opens from then on: Landlock, which holds whatever the mounts and modes say. Several calls add up. Mounts can no longer
 * be changed from inside, even with SYS_ADMIN.
 *
 * @path    absolute, inside the container, where it must exist; looked up when everything is mounted
 * @access  CTR_LANDLOCK_READ, CTR_LANDLOCK_WRITE, CTR_LANDLOCK_EXECUTE or several of them
 *
 * Since 0.1; Linux 6.2 (Landlock 3), which ctr_config_set_landlock_mode() may make weaker
 */
int ctr_config_add_landlock_path(ctr_config *config, const char *path, uint64_t access);

#define CTR_LANDLOCK_BIND UINT64_C(1)    /* be a server on the port */
#define CTR_LANDLOCK_CONNECT UINT64_C(2) /* be a client of the port */

/**
 * Lets every process of the container use this TCP port, and no other for what any call names: with a port for
 * CTR_LANDLOCK_BIND only, connecting is not restricted.
 *
 * @port    0 to 65535; 0 binds to any port that the kernel chooses
 * @access  CTR_LANDLOCK_BIND, CTR_LANDLOCK_CONNECT or both
 *
 * Since 0.1; Linux 6.7 (Landlock 4)
 */
int ctr_config_add_landlock_port(ctr_config *config, uint32_t port, uint64_t access);

#define CTR_LANDLOCK_SCOPE_SOCKETS UINT64_C(1) /* no abstract socket of others is connected to */
#define CTR_LANDLOCK_SCOPE_SIGNALS UINT64_C(2) /* no process of others is signalled */

/**
 * Keeps abstract sockets, or signals, inside the container; worth something where its network or pid namespace is not
 * its own. 0 (default) is neither.
 *
 * Since 0.1; Linux 6.12 (Landlock 6)
 */
int ctr_config_set_landlock_scope(ctr_config *config, uint64_t scope);

enum { CTR_LANDLOCK_REQUIRED = 0, CTR_LANDLOCK_PREFERRED = 1 };

/**
 * Sets what happens where the kernel cannot restrict all of that: CTR_LANDLOCK_REQUIRED (default), an error of
 * ctr_spawn(); or CTR_LANDLOCK_PREFERRED, what it can is in force, a notice tells, and the report says what.
 */
int ctr_config_set_landlock_mode(ctr_config *config, uint32_t mode);

/* ---------------------------------------------------------------------------------- namespaces */

enum {
    CTR_NAMESPACE_USER = 0,
    CTR_NAMESPACE_MOUNT = 1,
    CTR_NAMESPACE_PID = 2,
    CTR_NAMESPACE_NET = 3,
    CTR_NAMESPACE_UTS = 4,
    CTR_NAMESPACE_IPC = 5,
    CTR_NAMESPACE_CGROUP = 6,
    CTR_NAMESPACE_TIME = 7
};

enum { CTR_NAMESPACE_OWN = 0, CTR_NAMESPACE_SHARED = 1 };

/**
 * Sets whether a namespace is the container's own (default) or shared with the caller. The user namespace
 * is governed by ctr_config_set_map(); CTR_NAMESPACE_USER is refused here.
 *
 * @which  one of CTR_NAMESPACE_*
 * @mode   CTR_NAMESPACE_OWN or CTR_NAMESPACE_SHARED
 */
int ctr_config_set_namespace(ctr_config *config, uint32_t which, uint32_t mode);

/**
 * Joins an existing namespace. Without privilege a namespace can only be joined together with the user
 * namespace that owns it. With a joined mount namespace, root and mount settings are errors.
 *
 * @which  one of CTR_NAMESPACE_*
 * @fd     a file descriptor of a namespace file, such as an opened /proc/PID/ns/net
 */
int ctr_config_join_namespace(ctr_config *config, uint32_t which, int fd);

/** Sets the host name; needs an own UTS namespace. At most 64 bytes. Default: the host's. */
int ctr_config_set_hostname(ctr_config *config, const char *name);

/**
 * Shifts @clock, CLOCK_MONOTONIC or CLOCK_BOOTTIME, by @seconds and @nanoseconds in an own time namespace. The last call for
 * a clock wins.
 *
 * @seconds      at most 146 years (4611686018 s) either way; a clock that would be below zero is an error of ctr_spawn()
 * @nanoseconds  below 1000000000, and added
 */
int ctr_config_add_time_offset(ctr_config *config, int clock, int64_t seconds, uint32_t nanoseconds);

/* ------------------------------------------------------------------------------ root and mounts */

/**
 * Sets the root file system: a directory of the host. Without it the host's own root is used, read-only,
 * with private /dev, /proc, /run, /tmp and /var/tmp, and with /home, /root and the caller's home hidden.
 */
int ctr_config_set_rootfs(ctr_config *config, const char *path);

enum { CTR_ROOT_WRITABLE = 0, CTR_ROOT_READ_ONLY = 1 };

/**
 * Sets whether a root set by ctr_config_set_rootfs() may be written to: CTR_ROOT_WRITABLE (default) or CTR_ROOT_READ_ONLY. The
 * host's own never is.
 */
int ctr_config_set_root_mode(ctr_config *config, uint32_t mode);

/* Flags of ctr_add_mount(): the low 32 bits are mount(2)'s MS_*, the high ones are these. */
#define CTR_MOUNT_OPTIONAL (UINT64_C(1) << 32) /* leave the mount out when its source does not exist */
#define CTR_MOUNT_CREATE (UINT64_C(1) << 33)   /* make missing mount points inside binds of the host too */
#define CTR_MOUNT_NOFOLLOW (UINT64_C(1) << 34) /* the source's last component must not be a symbolic link */

/**
 * Adds a mount; the arguments mirror mount(2). Mounts are made parents first, whatever the order of the
 * calls. A mount on /dev, /proc, /sys, /tmp or /run replaces the default one there.
 *
 * @source   for a bind, a path of the host, relative to the caller's directory or absolute; else NULL, or any word, as
 *           programs give mount(2) one: it means nothing
 * @target   an absolute path inside the container; symbolic links are resolved inside its root
 * @type     "bind" or NULL with MS_BIND; "tmpfs", "proc", "sysfs", "mqueue", "devpts" or "cgroup2"
 * @flags    MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_BIND, MS_REC and CTR_MOUNT_*.
 *           Unlike mount(2), MS_BIND|MS_RDONLY takes effect at once, and below submounts too with MS_REC.
 *           MS_REMOUNT, MS_MOVE and changes of propagation are -EINVAL, as is any bit not named here.
 * @options  comma-separated options of the file system, such as "size=1m,mode=755"; NULL for none
 *
 * A bind is nosuid and nodev unless its source is the root's own; it keeps the flags its source has. A
 * missing mount point is created in the container's own writable root, where it stays and is listed in the
 * report; provided by a private layer over a read-only tree; and refused inside a bind of a host
 * directory unless CTR_MOUNT_CREATE asks for it.
 */
int ctr_add_mount(ctr_config *config, const char *source, const char *target, const char *type, uint64_t flags,
                  const char *options);

/** Adds a bind mount at @target whose source, @source_fd, is an open file or directory; @flags as in ctr_add_mount(). */
int ctr_config_add_mount_fd(ctr_config *config, int source_fd, const char *target, uint64_t flags);

/** Adds a read-only file with @size bytes of @content and with @mode at @target, on a private tmpfs. */
int ctr_config_add_file(ctr_config *config, const char *target, const void *content, size_t size, uint32_t mode);

/** Makes a symbolic link at @path that holds @link_target; an equal one that exists is kept. */
int ctr_config_add_symlink(ctr_config *config, const char *link_target, const char *path);

/** Makes a directory with @mode at @path, with its parents; one that exists is kept as it is. */
int ctr_config_add_dir(ctr_config *config, const char *path, uint32_t mode);

/** Binds @source, a device node of the host, read-write; NULL for @target means the same path inside. */
int ctr_config_add_device(ctr_config *config, const char *source, const char *target);

enum { CTR_PROC_FRESH = 0, CTR_PROC_HOST = 1, CTR_PROC_ABSENT = 2 };

/**
 * Sets what /proc shows: CTR_PROC_FRESH (default) the container's own processes; CTR_PROC_HOST the host's
 * /proc, and its /sys read-only, for hosts that refuse fresh ones because theirs are partly masked;
 * CTR_PROC_ABSENT nothing.
 */
int ctr_config_set_proc(ctr_config *config, uint32_t mode);

/**
 * Sets the options of a fresh /proc, as proc(5) has them: "hidepid=2" (or "invisible") shows each user its own processes
 * only, "hidepid=4" ("ptraceable") those it may trace, "subset=pid" (Linux 5.8) shows processes and nothing else. An
 * error of ctr_spawn() where /proc is not a fresh one, or where a mount of the config is there.
 *
 * @options  separated by commas; NULL for none (default)
 */
int ctr_config_set_proc_options(ctr_config *config, const char *options);

enum { CTR_SYSTEM_PATHS_MASKED = 0, CTR_SYSTEM_PATHS_OPEN = 1 };

/**
 * Sets whether sensitive files of /proc and /sys are masked and kernel settings read-only
 * (CTR_SYSTEM_PATHS_MASKED, default), or left as the kernel mounts them (CTR_SYSTEM_PATHS_OPEN).
 */
int ctr_config_set_system_paths(ctr_config *config, uint32_t mode);

#ifdef __cplusplus
}
#endif

#endif
