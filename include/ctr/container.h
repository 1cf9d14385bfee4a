/* SPDX-License-Identifier: MIT */
/**
 * A container: started by ctr_spawn(), watched by ctr_wait(), ended by itself, a signal or its deadline.
 */
#ifndef CTR_CONTAINER_H
#define CTR_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include <ctr/config.h>
#include <ctr/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A running or ended container. */
typedef struct ctr_container ctr_container;

/** How a container ended. Append-only. */
enum {
    CTR_RESULT_EXITED = 1,    /* code is the exit status */
    CTR_RESULT_SIGNALED = 2,  /* code is the signal that ended the command from inside or outside */
    CTR_RESULT_TIMED_OUT = 3, /* a deadline of the config passed; code is one of CTR_DEADLINE_* */
    CTR_RESULT_KILLED = 4,    /* the caller killed the whole container; code is the signal */
    CTR_RESULT_LOST = 5       /* ctr-init vanished without a record, for example by SIGKILL; code is 0 */
};

/** Which deadline passed. Append-only. */
enum {
    CTR_DEADLINE_WALL = 0,   /* ctr_config_set_timeout() */
    CTR_DEADLINE_CPU = 1,    /* ctr_config_set_cpu_timeout() */
    CTR_DEADLINE_SILENCE = 2 /* ctr_config_set_silence_timeout() */
};

#define CTR_RESULT_CORE_DUMPED 1U /* with CTR_RESULT_SIGNALED: a core was dumped */
#define CTR_RESULT_TREE_LEFT 2U   /* a shared pid namespace: some descendants could not be ended */

/** Where a number of a result came from. */
enum {
    CTR_SOURCE_NONE = 0,   /* not known: the number is 0; also of memory that a short life left uncounted */
    CTR_SOURCE_RUSAGE = 1, /* getrusage(2) of the command and the descendants that were waited for */
    CTR_SOURCE_CLOCK = 2   /* CLOCK_MONOTONIC, from exec to the end of the command */
};

/** How a container ended, and what it took. */
typedef struct ctr_result {
    uint32_t size;          /* set by the caller: sizeof(ctr_result); CTR_RESULT_INIT does */
    uint32_t kind;          /* CTR_RESULT_* */
    int32_t code;           /* see kind */
    uint32_t flags;         /* CTR_RESULT_CORE_DUMPED, CTR_RESULT_TREE_LEFT */
    uint64_t wall_ns;       /* nanoseconds */
    uint64_t user_ns;       /* nanoseconds of processor time in user mode */
    uint64_t system_ns;     /* nanoseconds of processor time in the kernel */
    uint64_t peak_memory;   /* bytes: the largest resident set of one process */
    uint32_t wall_source;   /* CTR_SOURCE_* of wall_ns */
    uint32_t cpu_source;    /* CTR_SOURCE_* of user_ns and system_ns */
    uint32_t memory_source; /* CTR_SOURCE_* of peak_memory */
    uint32_t reserved;
} ctr_result;

#define CTR_RESULT_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(ctr_result), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                                            \
    }

/** A descriptor of the caller and its number inside, as ctr_config_add_fd() takes them. */
typedef struct ctr_fd_pair {
    int host_fd;   /* open in the caller */
    int inside_fd; /* from 3 on */
} ctr_fd_pair;

/**
 * What differs from one spawn of a config to the next, while the config stays as it is: many threads may
 * spawn from one with options of their own. A zero is the default of every member. An unknown member that
 * is not zero is -E2BIG.
 *
 * Everything is borrowed until the call returns. A wrong value is CTR_ERR_INVALID; ctr_error_subject() names
 * the member, such as "options.env[3]", ctr_error_index() the place in it.
 */
typedef struct ctr_spawn_options {
    uint32_t size;           /* set by the caller: sizeof(ctr_spawn_options); CTR_SPAWN_OPTIONS_INIT does */
    int32_t cancel_fd;       /* the start is given up when this descriptor polls readable; 0 and -1 are none */
    const char *const *argv; /* replaces the config's command; NULL keeps it */
    const char *const *env;  /* NAME=value, up to a NULL: added to the config's, or in place of the same name */
    const char *cwd;         /* replaces the config's working directory; NULL keeps it */
    const int *stdio;        /* three descriptors, for 0, 1 and 2; -1 keeps the config's; NULL keeps all three */
    const ctr_fd_pair *fds;  /* passed in beside the config's; a number inside that is taken is an error */
    uint32_t fd_count;       /* of @fds */
    uint32_t reserved;       /* 0 */
} ctr_spawn_options;

#define CTR_SPAWN_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(ctr_spawn_options), 0, NULL, NULL, NULL, NULL, NULL, 0, 0                                               \
    }

/**
 * Starts the program described by @config in a new container.
 *
 * Returns once the program is running: every set-up failure, a missing command included, is reported
 * here, never as an exit status. When it fails nothing is left: no process, mount, directory or
 * descriptor.
 *
 * A config remembers what its last start has worked out, and the next one is faster for it. What has changed in
 * between, in the config or on the host, counts all the same.
 *
 * @config    borrowed; may be reused or freed as soon as the call returns
 * @ret       receives a new handle; release it with ctr_container_free()
 * @reterr    optional; receives the reason on failure
 *
 * Fails   CTR_ERR_INVALID         the config is wrong: call and index are in the error
 *         CTR_ERR_NOT_FOUND       a path named in @config does not exist
 *         CTR_ERR_DENIED          the host forbids it (see ctr_error_hint())
 *         CTR_ERR_UNSUPPORTED     the kernel or the host lacks a requested feature
 *         CTR_ERR_LIMIT           a limit of the host was reached
 *         CTR_ERR_NO_COMMAND      the command, its loader or its interpreter is missing
 *         CTR_ERR_NOT_EXECUTABLE  the command cannot be executed
 *         CTR_ERR_TIMED_OUT       the set-up deadline passed
 *         CTR_ERR_CANCELLED       the options' cancel_fd became readable
 *         CTR_ERR_NO_MEMORY, CTR_ERR_LOST, CTR_ERR_FAILED
 * Threads any thread; the host process may be multi-threaded, and many threads may use one config
 * Since   0.1, Linux 5.12
 */
int ctr_spawn(const ctr_config *config, ctr_container **ret, ctr_error **reterr);

/**
 * As ctr_spawn(), with differences for this one spawn.
 *
 * @options  borrowed; NULL is ctr_spawn()
 *
 * Fails   as ctr_spawn(); -EINVAL for a size below the first version's or above 4096, -E2BIG for
 *         unknown members
 * Threads as ctr_spawn()
 * Since   0.1
 */
int ctr_spawn_with(const ctr_config *config, const ctr_spawn_options *options, ctr_container **ret, ctr_error **reterr);

/**
 * Compiles the plan of @config for this host and returns it as JSON without running anything.
 *
 * @ret_json  receives a string; release it with free(3)
 *
 * Fails   as ctr_spawn(), as far as the failure can be seen without running anything
 * Threads any thread
 * Since   0.1
 */
int ctr_explain(const ctr_config *config, char **ret_json, ctr_error **reterr);

/**
 * As ctr_explain(), as text for a person: one line per operation.
 *
 * @ret_text  receives a string; release it with free(3)
 *
 * Fails   as ctr_explain()
 * Threads any thread
 * Since   0.1
 */
int ctr_explain_text(const ctr_config *config, char **ret_text, ctr_error **reterr);

/**
 * Waits for the container's end and returns how it ended. When it returns 0, every process of a container
 * with an own pid namespace is gone. Waiting again gives the same result again.
 *
 * @timeout_ms  -1 waits for ever (a deadline of the config still ends it), 0 polls
 * @ret         filled on success; untouched otherwise. @ret->size must be set.
 *
 * Fails   -ETIMEDOUT (CTR_ERR_TIMED_OUT) when @timeout_ms passed: nothing was killed
 *         CTR_ERR_INVALID  a NULL argument, a size below the first version's or above 4096, a timeout below -1
 * Threads any thread; several may wait for one container
 * Since   0.1
 */
int ctr_wait(ctr_container *container, int timeout_ms, ctr_result *ret, ctr_error **reterr);

enum { CTR_KILL_COMMAND = 0, CTR_KILL_ALL = 1 };

/**
 * Sends a signal, free of races with the end of the process.
 *
 * @signal  its number
 * @which   CTR_KILL_COMMAND sends it to the command; CTR_KILL_ALL with SIGKILL ends the whole container
 *
 * Fails   CTR_ERR_ENDED    the command has ended
 *         CTR_ERR_AGAIN    the container's first process is stopped, and some hundred signals wait for it already
 *         CTR_ERR_INVALID  not a signal, or CTR_KILL_ALL with another signal than SIGKILL
 * Threads any thread
 * Since   0.1
 */
int ctr_kill(ctr_container *container, int signal, uint32_t which, ctr_error **reterr);

/**
 * Returns the caller's side of the terminal that ctr_config_set_terminal() asked for, of a container or a further
 * command: what is written to
 * it is typed by the command's user, what is read from it is what the command's side shows. Reading fails
 * with EIO while nobody inside has the terminal open, so also after the end; what was written before is
 * read first. Blocking, unless the caller sets O_NONBLOCK on it.
 *
 * -ENOTTY where the container has none, -EINVAL for NULL.
 *
 * Owner   the container; never close it. ctr_container_free() does
 * Threads any thread
 * Since   0.1
 */
int ctr_container_terminal(const ctr_container *container);

/**
 * Returns the descriptor of the filter's notifications, as ctr_config_set_seccomp_listener() asked for it: polls
 * readable while a system call waits for its answer; see seccomp_unotify(2) for SECCOMP_IOCTL_NOTIF_RECV and
 * SECCOMP_IOCTL_NOTIF_SEND. -EBADF where there is none.
 *
 * Owner   the container; duplicate it to keep it
 * Threads any thread
 * Since   0.1
 */
int ctr_container_seccomp_fd(const ctr_container *container);

/**
 * Sets the size of the container's terminal; where it changes, the kernel sends SIGWINCH to the
 * terminal's foreground processes.
 *
 * @rows, @columns  at most 65535 each
 *
 * Fails   CTR_ERR_INVALID  the container has no terminal, or the size is too large
 * Threads any thread
 * Since   0.1
 */
int ctr_resize(ctr_container *container, uint32_t rows, uint32_t columns, ctr_error **reterr);

/**
 * Returns a pidfd of ctr-init that polls readable when the container has ended; wait with ctr_wait() then.
 *
 * Owner   the container; never close it
 * Threads any thread
 * Since   0.1
 */
int ctr_container_pidfd(const ctr_container *container);

/** What happens to the command of a container. Append-only. */
enum {
    CTR_EVENT_STARTED = 1,   /* it was executed */
    CTR_EVENT_STOPPED = 2,   /* a signal stopped it; code is the signal */
    CTR_EVENT_CONTINUED = 3, /* it goes on */
    CTR_EVENT_TIMED_OUT = 4, /* a deadline passed, and it is being ended; code is one of CTR_DEADLINE_* */
    CTR_EVENT_ENDED = 5      /* the last one; result_kind, code and the numbers are as in a ctr_result */
};

/** What happened to the command of a container. */
typedef struct ctr_event {
    uint32_t size;        /* set by the caller: sizeof(ctr_event); CTR_EVENT_INIT does */
    uint32_t kind;        /* CTR_EVENT_* */
    int32_t code;         /* see kind */
    uint32_t result_kind; /* CTR_RESULT_* with CTR_EVENT_ENDED, else 0 */
    uint64_t wall_ns;     /* as in ctr_result; 0 before the end */
    uint64_t user_ns;     /* likewise */
    uint64_t system_ns;   /* likewise */
    uint64_t peak_memory; /* likewise */
} ctr_event;

#define CTR_EVENT_INIT                                                                                                 \
    {                                                                                                                  \
        sizeof(ctr_event), 0, 0, 0, 0, 0, 0, 0                                                                         \
    }

/**
 * Returns a descriptor that polls readable when ctr_next_event() may have something, for epoll(7) and its like. After
 * a spawn it is readable at once. Nothing but polling may be done with it.
 *
 * Owner   the container; never close it
 * Threads any thread
 * Since   0.1
 */
int ctr_container_event_fd(const ctr_container *container);

/**
 * Takes the next event. Ask until it fails with CTR_ERR_AGAIN before polling again. What nobody takes is dropped after
 * a while, but for CTR_EVENT_ENDED. When that came ctr_wait() returns as soon as everything is gone.
 *
 * @ret  filled on success; untouched otherwise. @ret->size must be set.
 *
 * Fails   CTR_ERR_AGAIN    nothing has happened since the last one
 *         CTR_ERR_ENDED    CTR_EVENT_ENDED was taken: there are no more
 *         CTR_ERR_INVALID  a NULL argument, a size below the first version's or above 4096
 * Threads any thread; each event is given to one
 * Since   0.1
 */
int ctr_next_event(ctr_container *container, ctr_event *ret, ctr_error **reterr);

/**
 * Runs a further command in a running container: in the same namespaces and on the same root, with its own words,
 * environment, directory, user, descriptors, terminal, limits, capabilities and deadline. What @config does not say is
 * the container's: the user, the directory, the limits and the capabilities. No further command has a capability that
 * the container has not, nor may it gain privileges where the container refuses them. Settings that make a container
 * (mounts, namespaces, maps and the like) are refused.
 *
 * The handle is used as a container's: ctr_wait(), ctr_kill(), events; freeing it ends the command. It ends with the
 * container at the latest, and must be freed before the container's handle is.
 *
 * @config   borrowed; describes the process
 * @options  borrowed; NULL is none
 * @ret      receives a new handle; release it with ctr_container_free()
 *
 * Fails   as ctr_spawn(); CTR_ERR_ENDED when the container has ended, CTR_ERR_UNSUPPORTED without ctr-init inside,
 *         CTR_ERR_LIMIT when 63 further commands run, CTR_ERR_AGAIN while the container is paused
 * Threads any thread
 * Since   0.1
 */
int ctr_exec(ctr_container *container, const ctr_config *config, const ctr_spawn_options *options, ctr_container **ret,
             ctr_error **reterr);

/**
 * Returns the host's end of a pipe that CTR_STDIO_PIPE made: for number 0 to write to, for 1 and 2 to read
 * from. It is close-on-exec and blocking; with O_NONBLOCK, which fcntl(2) sets, it can be polled. Writing
 * when the command has closed its end is EPIPE, with SIGPIPE. Its end of file comes when the last process
 * that has the command's end closes it, which may be one of the command's children.
 *
 * Returns  the descriptor; -EBADF where there is none, or where it was taken; -EINVAL for NULL
 * Owner    the container: ctr_container_free() closes it, never the caller
 * Threads  any thread
 * Since    0.1
 */
int ctr_container_stdio(const ctr_container *container, int number);

/**
 * Takes that descriptor from the container. Closing number 0 is how the command sees the end of its input.
 *
 * Returns  as ctr_container_stdio(), which answers -EBADF from then on
 * Owner    the caller, who closes it
 * Threads  any thread, but not beside one that still uses what ctr_container_stdio() has returned
 * Since    0.1
 */
int ctr_container_take_stdio(ctr_container *container, int number);

/** How much of a captured stream there is. */
typedef struct ctr_output {
    uint32_t size; /* set by the caller: sizeof(ctr_output); CTR_OUTPUT_INIT does */
    uint32_t reserved;
    uint64_t copied; /* bytes that were copied into the buffer */
    uint64_t stored; /* bytes that are kept */
    uint64_t seen;   /* bytes that were written; more than stored where the capture limit was reached */
    uint64_t first;  /* offset of the oldest byte that is kept: 0 but for CTR_KEEP_LAST */
} ctr_output;

#define CTR_OUTPUT_INIT                                                                                                \
    {                                                                                                                  \
        sizeof(ctr_output), 0, 0, 0, 0, 0                                                                              \
    }

/**
 * Copies what is there of a stream with CTR_STDIO_CAPTURE; at any time, and after the end until the handle is freed.
 * Once ctr_wait() has returned, everything that the command wrote before its end is there.
 *
 * @number  1 or 2
 * @offset  in bytes from the start of the stream; what is not kept any more is left out, and @ret->first says so: the
 *          bytes copied begin at the larger of both
 * @buffer  receives at most @length bytes; may be NULL where @length is 0
 * @ret     filled on success; untouched otherwise. @ret->size must be set.
 *
 * Fails   CTR_ERR_INVALID  a NULL argument, or the stream is not captured
 * Threads any thread
 * Since   0.1
 */
int ctr_container_output(ctr_container *container, int number, uint64_t offset, void *buffer, size_t length,
                         ctr_output *ret, ctr_error **reterr);

/**
 * Returns, as JSON, what was asked for and what is in force: id maps, namespaces, created mount points,
 * and notes about everything that is other than a caller might think.
 *
 * Two members, "requested" and "effective", have the same members: what the config came to, and what ctr-init and the
 * command's process read from the kernel before the command was executed. Where the second is weaker than the first
 * there is no container: the start has failed. Of a further command and of a container that was opened by its name the
 * report is empty.
 *
 *   uid, gid       real, effective and saved, as the container has them
 *   groups         how many supplementary ones; null where they are not the container's to choose
 *   uid_map, gid_map  lines of inside, outside and count; null where no map was written
 *   capabilities   bounding, permitted (with effective) and inheritable, as hexadecimal masks
 *   no_new_privs   whether new privileges are refused; may be true where it was not asked for
 *   seccomp        whether the command has a filter of its own
 *   namespaces     of each kind "own", "shared" or "joined". Effective "own" is the kernel's word that it made one; where
 *                  a filter is around, that its number is another than before, too. One of time that nobody asked for
 *                  may be "shared" on a kernel that has none.
 *   mounts         target and flags ("ro", "nosuid", "nodev", "noexec", "noatime") of the root and of each mount that was
 *                  asked for or is there by default, 240 at most; effective ones may have more: what the source has.
 *                  null where a filter around keeps fstatfs(2) from being asked
 *   descriptors    the numbers that are open when the command begins
 *   landlock       paths, ports and scope: the rights that are denied where no rule allows them, in the kernel's words;
 *                  effective also the version of the kernel's Landlock. null where nothing was asked for
 *
 * "outer_filter" says whether ctr-init found a filter of system calls around itself: "none"; "compared", where the numbers
 * of the namespaces were compared because of it; "present", where they could not be. A filter can let calls seem to
 * succeed; such a start fails with the hint that says so, as far as the kernel gives a means to see it.
 *
 * The text is made when it is asked for the first time; "" where there is no memory for it.
 *
 * Owner   the container
 * Threads any thread
 * Since   0.1
 */
const char *ctr_container_report(const ctr_container *container);

/**
 * Returns the notice with this zero-based index, or NULL past the last one. A notice is one sentence about
 * something a caller should know although nothing failed, such as a fallback that CTR_MAP_AUTO took.
 *
 * Owner   the container
 * Threads any thread
 * Since   0.1
 */
const char *ctr_container_notice(const ctr_container *container, uint32_t index);

/**
 * Lets the container live on when its handle is freed. Whether it outlives the process is another
 * question: see ctr_config_set_host_death(). The container's first process stays a child of this one: what ends after
 * the handle was freed is to be reaped as other children are.
 *
 * Threads one thread at a time
 * Since   0.1
 */
int ctr_container_detach(ctr_container *container);

/**
 * Releases a container; kills and reaps it first if it still runs and was not detached. In a forked copy
 * of the process that spawned it, only closes descriptors, and is the only call that does not refuse there. Accepts NULL.
 *
 * Threads any thread, once
 * Since   0.1
 */
void ctr_container_free(ctr_container *container);

#ifdef __cplusplus
}
#endif

#endif
