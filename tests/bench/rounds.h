/* SPDX-License-Identifier: MIT */
/*
 * What every timed program of the benchmark has in common: how it is asked for rounds and how it
 * answers. bench.py keeps one such process per contender and asks them in turn.
 */
#ifndef CTR_TESTS_BENCH_ROUNDS_H
#define CTR_TESTS_BENCH_ROUNDS_H

#include <stdint.h>

/* Does one spawn and one wait. Returns 0, or -1 after it has told standard error why. */
typedef int rounds_body(void* context);

/*
 * Takes "-n COUNT" off the front of the arguments: the number of rounds to run at once. Without it the
 * count is 0, which means: ask standard input.
 */
unsigned long rounds_take_count(int* argc, char*** argv);

/*
 * Runs and times @count rounds, or, when @count is 0, as many as each line of standard input says,
 * until it ends. Prints the nanoseconds of each round on a line of its own.
 *
 * Standard input and output of the process are replaced first (by /dev/null and standard error), so that
 * nothing that is started can read the questions or write among the answers.
 *
 * Returns an exit status: 0, or 1 when a round failed.
 */
int rounds_serve(unsigned long count, rounds_body* body, void* context);

#endif
