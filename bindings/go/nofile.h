/* SPDX-License-Identifier: MIT */
#include <stdint.h>

/* Whether the limit of open files was raised since the program was started, and what it was then. */
int ctr_go_raised_nofile(uint64_t *soft, uint64_t *hard);
