/* SPDX-License-Identifier: MIT */
/* What the tests of this directory and of tests/fault share: cases and their count, a root file system to start
 * containers in, and what may not be left behind. Plain C, usable from C++. */
#ifndef CTR_TESTS_SUPPORT_H
#define CTR_TESTS_SUPPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ctr/ctr.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LIKE_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* ------------------------------------------------------------------------------------------------ cases */

/* Each case prints "ok SENTENCE", "FAIL SENTENCE" with what was wrong before it, or "SKIP SENTENCE: REASON". */
void begin_case(const char* format, ...) LIKE_PRINTF(1, 2);
void skip_case(const char* format, ...) LIKE_PRINTF(1, 2); /* the case that was begun */
int expect(int condition, const char* format, ...) LIKE_PRINTF(2, 3);

/* Prints "N passed, N failed, N skipped"; returns the exit status of the program: 77 when all were skipped. */
int conclude(void);

/* Ends the program as skipped, or as broken: the test cannot be made here. */
void skip_all(const char* format, ...) LIKE_PRINTF(1, 2) __attribute__((noreturn));
void give_up(const char* format, ...) LIKE_PRINTF(1, 2) __attribute__((noreturn));

/* After so many seconds says what every thread waits for, and ends the program as failed. */
void start_watchdog(unsigned seconds);

/* ----------------------------------------------------------------------------------------- a root to use */

/* A new directory that everybody may enter, in $TMPDIR or /tmp; a root file system in it that holds the static
 * program `payload` as /payload. The text is the caller's. */
char* make_directory(void);
char* make_root(const char* directory, const char* payload);
char* path_in(const char* directory, const char* name); /* the caller's */
void write_text(const char* path, const char* text);
void copy_program(const char* from, const char* to);
void remove_tree(const char* path);

/* A config with this root and the command `/payload words...`, which the last NULL ends. */
ctr_config* config_for(const char* root, ...) __attribute__((sentinel));

/* Whether containers can have ranges of ids here, and whether they can do without a user namespace. */
int has_ranges(void);
int is_admin(void);

/* Ends the program as skipped where this machine makes no namespaces, or no fresh /proc in them; asked without the
 * library. make_directory() does it too. */
void require_namespaces(void);

/* --------------------------------------------------------------------------------------- spawn and wait */

/* NULL on failure, which is printed. */
ctr_container* spawn(const ctr_config* config);

/* Spawns, waits, frees; the exit status, 128+n for signal n, or a negative number for anything else. */
int run(const ctr_config* config);

/* What the command writes to its output, which is a pipe of the config; it has to exit with 0. */
void printed_by(const ctr_config* config, const ctr_spawn_options* options, char* text, size_t longest);

void print_error(const char* what, const ctr_error* error);

/* Whether the error says where and what. */
int is_clear(const ctr_error* error);

/* ------------------------------------------------------------------------------------- what may be left */

int count_fds(void);

/* Orphans of everything that this process starts become its children. */
void adopt_orphans(void);

/* Whether no child is left within so many milliseconds; ended ones are collected. What is left is named and killed. */
int all_gone(int milliseconds);

/* Whether there is no child at all, not even an ended one. */
int no_children(void);

/* The text of a file such as /proc/self/mountinfo; the caller's. */
char* read_text(const char* path);

/* One line per entry below a directory: its name, kind, mode, owner and content; the caller's. */
char* list_tree(const char* path);

/* Removes what `now` has and `before` has not; returns whether each was among `allowed` (NULL-terminated paths
 * below the directory, with a leading slash) and nothing else changed. */
int only_created(const char* directory, const char* before, const char* const* allowed);

/* ------------------------------------------------------------------------------------------------- time */

uint64_t now_ns(void);
void sleep_ms(int milliseconds);

#ifdef __cplusplus
}
#endif

#endif
