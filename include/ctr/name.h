/* SPDX-License-Identifier: MIT */
/**
 * Containers with a name: found again by any process of their user, also after the process that started them is
 * gone.
 *
 * A state directory holds one directory for each name, with what was started, the way to its ctr-init, how it ended,
 * and what was captured. Nothing watches it: what a process that was killed left behind is seen by a lock that ended
 * with it, and taken away by whoever comes next. The library knows no place by itself; the command `ctr` uses
 * $XDG_RUNTIME_DIR/ctr.
 */
#ifndef CTR_NAME_H
#define CTR_NAME_H

#include <stdint.h>

#include <ctr/config.h>
#include <ctr/container.h>
#include <ctr/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CTR_NAME_REMOVE UINT64_C(1) /* the name is free again as soon as the container has ended */

/**
 * Gives the container a name, under which ctr_open() finds it in the state directory. It needs an own pid namespace
 * and ctr-init inside. Streams with CTR_STDIO_CAPTURE are kept in the state directory, and outlive the container.
 *
 * Without CTR_NAME_REMOVE the name stays taken after the end, until ctr_remove(), so that the result can be asked
 * for. With it, what is left of a container whose starter did not see its end is removed by the next one who looks.
 *
 * @name   1 to 64 letters, digits, "_", "." and "-", the first a letter or a digit
 * @flags  0 or CTR_NAME_REMOVE
 *
 * Since   0.1
 */
int ctr_config_set_name(ctr_config *config, const char *name, uint64_t flags);

/**
 * Sets the directory that names live in: an absolute path. It is made, with mode 0700, where only its last component
 * is missing; it must belong to the caller, and nobody else may write to it.
 *
 * Since   0.1
 */
int ctr_config_set_state_directory(ctr_config *config, const char *path);

#define CTR_OPEN_LOOK UINT64_C(1) /* only look: what was written down, not its ctr-init, which may be stopped */

/**
 * Opens the container of a name, running or ended, in whichever process of the same user. The handle is used like that
 * of ctr_spawn(), but for what belongs to the process that started it: the pipes and the terminal. Freeing it ends
 * nothing; further commands of its ctr_exec() end when it is freed.
 *
 * @state_directory  as ctr_config_set_state_directory() takes it
 * @name             as ctr_config_set_name() takes it
 * @flags  0 or CTR_OPEN_LOOK, with which only ctr_container_info(), _name(), _command() and _output() serve
 * @ret    receives a new handle; release it with ctr_container_free()
 *
 * Fails   CTR_ERR_NOT_FOUND  there is no such name
 *         CTR_ERR_INVALID    not a name, not an absolute path, an unknown flag
 *         CTR_ERR_DENIED     the state directory belongs to somebody else, or others may write to it
 *         CTR_ERR_LIMIT      more than 16 processes have it open
 *         CTR_ERR_TIMED_OUT  its ctr-init does not answer, stopped perhaps
 *         CTR_ERR_FAILED     what was written down cannot be read
 * Threads any thread
 * Since   0.1
 */
int ctr_open(const char *state_directory, const char *name, uint64_t flags, ctr_container **ret, ctr_error **reterr);

/**
 * Lists the names that are taken, in alphabetical order, after taking away what nobody will ask for: of starts that were
 * killed, and of ended containers with CTR_NAME_REMOVE. A directory that does not exist holds none.
 *
 * @state_directory  as ctr_open() takes it
 * @ret  receives an array that ends with NULL; release it, strings included, with one free(3)
 *
 * Fails   as ctr_open()
 * Threads any thread
 * Since   0.1
 */
int ctr_names(const char *state_directory, char ***ret, ctr_error **reterr);

/**
 * Frees the name of an ended container, and removes what was kept of it.
 *
 * @state_directory, @name  as ctr_open() takes them
 *
 * Fails   as ctr_open(); CTR_ERR_EXISTS while it runs
 * Threads any thread
 * Since   0.1
 */
int ctr_remove(const char *state_directory, const char *name, ctr_error **reterr);

/** The state of a container. Append-only. */
enum {
    CTR_STATE_STARTING = 1, /* its command was not executed yet */
    CTR_STATE_RUNNING = 2,  /* its command was executed, and has not ended */
    CTR_STATE_PAUSED = 3,   /* by ctr_pause() */
    CTR_STATE_ENDED = 4,    /* ctr_wait() tells how */
    CTR_STATE_LOST = 5      /* it ended without a record, by SIGKILL to its ctr-init for example */
};

/** How ctr_pause() stops what runs. Append-only. */
enum {
    CTR_PAUSE_NONE = 0,    /* it cannot be paused here */
    CTR_PAUSE_SIGNALS = 1, /* SIGSTOP to every process, which a parent inside can see */
    CTR_PAUSE_FREEZER = 2  /* the freezer of its cgroup */
};

/** What there is to know of a container from outside. */
typedef struct ctr_info {
    uint32_t size;         /* set by the caller: sizeof(ctr_info); CTR_INFO_INIT does */
    uint32_t state;        /* CTR_STATE_* */
    uint32_t pause_method; /* CTR_PAUSE_* */
    int32_t pid;           /* of ctr-init, as the caller sees it; 0 where it has ended or was only looked at */
    uint64_t created_ns;   /* nanoseconds of CLOCK_REALTIME; 0 for a container without a name */
    uint64_t ended_ns;     /* likewise; 0 before the end and where it is not known */
    uint64_t name_flags;   /* of ctr_config_set_name() */
    uint64_t reserved;
} ctr_info;

#define CTR_INFO_INIT                                                                                                  \
    {                                                                                                                  \
        sizeof(ctr_info), 0, 0, 0, 0, 0, 0, 0                                                                          \
    }

/**
 * Tells the state of a container, with or without a name.
 *
 * @ret  filled on success; untouched otherwise. @ret->size must be set.
 *
 * Fails   CTR_ERR_INVALID  a NULL argument, a size below the first version's or above 4096
 * Threads any thread
 * Since   0.1
 */
int ctr_container_info(ctr_container *container, ctr_info *ret, ctr_error **reterr);

/**
 * Returns the container's name; "" where it has none.
 *
 * Owner   the container
 * Threads any thread
 * Since   0.1
 */
const char *ctr_container_name(const ctr_container *container);

/**
 * Returns the words of the container's command, ending with NULL.
 *
 * Owner   the container
 * Threads any thread
 * Since   0.1
 */
const char *const *ctr_container_command(const ctr_container *container);

/**
 * Stops every process of the container, further commands included, until ctr_resume(); ctr_container_info() says by
 * which method. Deadlines go on, and ctr_exec() is refused with CTR_ERR_AGAIN. Pausing what is paused changes nothing.
 *
 * Fails   CTR_ERR_ENDED        the container has ended
 *         CTR_ERR_UNSUPPORTED  without an own pid namespace and ctr-init inside, or a further command's handle
 * Threads any thread
 * Since   0.1
 */
int ctr_pause(ctr_container *container, ctr_error **reterr);

/**
 * Lets every process of the container go on; with CTR_PAUSE_SIGNALS also those that were stopped before the pause.
 *
 * Fails   as ctr_pause()
 * Threads any thread
 * Since   0.1
 */
int ctr_resume(ctr_container *container, ctr_error **reterr);

#ifdef __cplusplus
}
#endif

#endif
