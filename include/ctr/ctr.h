/* SPDX-License-Identifier: MIT */
/**
 * libctr: start any program in a safe, isolated, rootless Linux container.
 *
 * This umbrella header is all a program needs:
 *
 *   ctr_config *config = ctr_config_new();
 *   ctr_config_set_command(config, argv);
 *   ctr_spawn(config, &container, &error);
 *   ctr_wait(container, -1, &result, &error);
 *
 * Manners that hold everywhere:
 *   - A function that can fail returns 0 or a negative errno value, derived from the error's code by
 *     the table in error.h. An optional last `ctr_error **` (NULL allowed) receives the whole story
 *     and is untouched on success; it receives NULL where there is no memory left for the story, and
 *     the return value is all there is.
 *   - Strings and arrays passed in are copied. File descriptors passed in are duplicated, never taken.
 *     Strings handed out belong to the object they came from unless the function says otherwise.
 *   - No call is a cancellation point of threads: one that is cancelled finishes its call first.
 *   - A thread with a stack of 16 KiB can call everything, as long as no profile was given by
 *     ctr_config_set_seccomp_json(): reading one takes 64 KiB, if it is nested as deeply as may be.
 *   - The library has no globals, starts no threads, installs no signal handlers, reads no environment,
 *     prints nothing, and never exits or aborts the process it lives in.
 */
#ifndef CTR_CTR_H
#define CTR_CTR_H

#include <ctr/config.h>
#include <ctr/container.h>
#include <ctr/error.h>
#include <ctr/name.h>
#include <ctr/version.h>

#endif
