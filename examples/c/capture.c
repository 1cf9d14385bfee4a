/* SPDX-License-Identifier: MIT */
/*
 * Reads what a command prints: its standard output is a pipe.
 *
 * The config duplicates descriptors, so the program closes its own copy of the writing end; otherwise the pipe would
 * never come to an end. When the container has ended nobody inside can hold the pipe any more.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctr/ctr.h>

#include <stdio.h>
#include <unistd.h>

static int failed(const ctr_error *error)
{
    fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    return 125;
}

/* Prints every line that comes, with its number. */
static void print_lines(int fd)
{
    FILE *stream = fdopen(fd, "r");
    char line[256];
    int number = 0;

    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        printf("%d: %s", ++number, line);
    if (stream != NULL)
        fclose(stream);
}

int main(void)
{
    const char *argv[] = {"sh", "-c", "echo one; echo two; echo three >&2; exit 3", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = NULL;
    int ends[2];
    int status;

    if (pipe(ends) != 0)
        return 125;
    config = ctr_config_new();
    ctr_config_set_command(config, argv);
    ctr_config_set_stdio(config, STDOUT_FILENO, CTR_STDIO_FD, ends[1]);
    ctr_config_set_stdio(config, STDERR_FILENO, CTR_STDIO_NULL, -1);
    close(ends[1]);

    status = ctr_spawn(config, &container, &error);
    ctr_config_free(config); /* with it the last copy of the writing end out here */
    if (status != 0) {
        status = failed(error);
        close(ends[0]);
    } else {
        print_lines(ends[0]);
        if (ctr_wait(container, -1, &result, &error) != 0)
            status = failed(error);
        else
            printf("it ended with status %d\n", result.code);
    }
    ctr_container_free(container);
    ctr_error_free(error);
    return status;
}
