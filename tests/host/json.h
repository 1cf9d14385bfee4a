/* SPDX-License-Identifier: MIT */
#ifndef CTR_TESTS_JSON_H
#define CTR_TESTS_JSON_H

/* Whether the whole text is one value of RFC 8259. */
int is_json(const char* text);

#endif
