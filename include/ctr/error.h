/* SPDX-License-Identifier: MIT */
/**
 * Errors: what failed, on what, why, and what to do.
 *
 * An error is a value. There is no thread-local or global error, no callback and no logging.
 */
#ifndef CTR_ERROR_H
#define CTR_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/** An error's story; released with ctr_error_free(). Where there is no memory even for it, NULL is received instead. */
typedef struct ctr_error ctr_error;

/**
 * What the caller can do about an error. Append-only. The comment gives the function's return value.
 */
enum {
    CTR_ERR_NONE = 0,           /* 0            no error */
    CTR_ERR_INVALID = 1,        /* -EINVAL      the config or an argument is wrong: change it */
    CTR_ERR_NOT_FOUND = 2,      /* -ENOENT      something the config names does not exist */
    CTR_ERR_DENIED = 3,         /* -EPERM       the host forbids it: see the hint */
    CTR_ERR_UNSUPPORTED = 4,    /* -EOPNOTSUPP  the kernel or the host lacks it */
    CTR_ERR_LIMIT = 5,          /* -EAGAIN      a limit of the host was reached; also namespace limits */
    CTR_ERR_NO_COMMAND = 6,     /* -ENOENT      the command, its loader or its interpreter is missing */
    CTR_ERR_NOT_EXECUTABLE = 7, /* -ENOEXEC     the command exists and cannot be executed */
    CTR_ERR_TIMED_OUT = 8,      /* -ETIMEDOUT   a deadline passed */
    CTR_ERR_NO_MEMORY = 9,      /* -ENOMEM      memory ran out */
    CTR_ERR_ENDED = 10,         /* -ESRCH       the container has ended already */
    CTR_ERR_LOST = 11,          /* -EPIPE       the container vanished without a word, or was killed */
    CTR_ERR_FAILED = 12,        /* -EIO         another system call failed: see step, errno and subject */
    CTR_ERR_CANCELLED = 13,     /* -ECANCELED   the caller gave the start up */
    CTR_ERR_AGAIN = 14,         /* -EAGAIN      not yet, or not while it is paused: ask again later */
    CTR_ERR_EXISTS = 15         /* -EEXIST      it is there already: choose another name, or remove it */
};

/**
 * Returns the error's code, one of CTR_ERR_*; CTR_ERR_NONE for NULL.
 *
 * Threads any thread; an error is immutable
 * Since   0.1
 */
int ctr_error_code(const ctr_error *error);

/**
 * Returns the stage that failed, such as "validate", "mount", "identity" or "exec"; "" for NULL, and where
 * memory ran out at no stage in particular.
 *
 * Owner   the library; never freed
 * Threads any thread
 * Since   0.1
 */
const char *ctr_error_step(const ctr_error *error);

/**
 * Returns the errno of the system call that failed, or 0 where none did.
 *
 * Threads any thread
 * Since   0.1
 */
int ctr_error_errno(const ctr_error *error);

/**
 * Returns the path, id range or option that the error is about; "" where there is none.
 *
 * Owner   the error
 * Threads any thread
 * Since   0.1
 */
const char *ctr_error_subject(const ctr_error *error);

/**
 * Returns the name of the setter that gave the subject, such as "ctr_add_mount"; "" where there is none.
 *
 * Owner   the library; never freed
 * Threads any thread
 * Since   0.1
 */
const char *ctr_error_call(const ctr_error *error);

/**
 * Returns the zero-based index of the call of that setter, counted per setter; -1 where there is none.
 *
 * Threads any thread
 * Since   0.1
 */
int ctr_error_index(const ctr_error *error);

/**
 * Returns what went wrong: one lower-case sentence fragment without the errno text.
 *
 * Owner   the error
 * Threads any thread
 * Since   0.1
 */
const char *ctr_error_message(const ctr_error *error);

/**
 * Returns what a person should try next; "" where there is no advice.
 *
 * Owner   the error
 * Threads any thread
 * Since   0.1
 */
const char *ctr_error_hint(const ctr_error *error);

/**
 * Returns the error as one JSON object with the members code, code_name, step, errno, errno_name,
 * subject, call, index, message and hint.
 *
 * Owner   the caller; release with free(3). NULL when memory runs out
 * Threads any thread
 * Since   0.1
 */
char *ctr_error_to_json(const ctr_error *error);

/**
 * Releases an error. Accepts NULL.
 *
 * Threads any thread, once
 * Since   0.1
 */
void ctr_error_free(ctr_error *error);

#ifdef __cplusplus
}
#endif

#endif
