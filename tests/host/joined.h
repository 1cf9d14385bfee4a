/* SPDX-License-Identifier: MIT */
/* Further commands, for the tests of them. */
#ifndef CTR_TESTS_JOINED_H
#define CTR_TESTS_JOINED_H

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What a further command is made from; join() and join_code() free it. */
static inline ctr_config* process(const char* word, const char* argument)
{
    ctr_config* config = ctr_config_new();
    const char* argv[] = {"/payload", word, argument, NULL};
    ctr_config_set_command(config, argv);
    return config;
}

static inline ctr_container* join(ctr_container* container, ctr_config* config)
{
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    if (ctr_exec(container, config, NULL, &command, &error) != 0)
        print_error("ctr_exec", error);
    ctr_error_free(error);
    ctr_config_free(config);
    return command;
}

static inline ctr_result result_of(ctr_container* command)
{
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(command, 10000, &result, NULL) == 0, "ctr_wait");
    ctr_container_free(command);
    return result;
}

static inline int runs(ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    return ctr_wait(container, 0, &result, NULL) == -ETIMEDOUT;
}

static inline int join_code(ctr_container* container, ctr_config* config)
{
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    int code = ctr_exec(container, config, NULL, &command, &error) == 0 ? 0 : ctr_error_code(error);
    expect(code == 0 || is_clear(error) || code == CTR_ERR_ENDED, "the error is not clear");
    ctr_error_free(error);
    ctr_container_free(command);
    ctr_config_free(config);
    return code;
}

/* What the command writes to its standard output. */
static inline const char* said(ctr_container* container, ctr_config* config)
{
    static char text[4096];
    int ends[2];
    if (pipe(ends) != 0)
        give_up("no pipe");
    ctr_config_set_stdio(config, 1, CTR_STDIO_FD, ends[1]);
    ctr_container* command = join(container, config);
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length<sizeof text - 1; length += got> 0 ? (size_t)got : 0)
        got = read(ends[0], text + length, sizeof text - 1 - length);
    text[length] = '\0';
    close(ends[0]);
    expect(result_of(command).kind == CTR_RESULT_EXITED, "it did not exit");
    return text;
}

#endif
