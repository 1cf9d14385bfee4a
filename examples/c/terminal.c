/* SPDX-License-Identifier: MIT */
/*
 * A terminal of the container's own: the command reads what is typed and draws what it likes, and the program is the
 * person in front of it.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctr/ctr.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int failed(ctr_error *error)
{
    fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return 125;
}

/* Shows what the terminal shows, up to @wanted or to the end: when nobody inside has the terminal open, reading is an
 * error, EIO. */
static void show_until(int terminal, const char *wanted)
{
    char text[4096];
    size_t length = 0;
    ssize_t got;
    size_t i;

    text[0] = '\0';
    while (length < sizeof text - 1 && (wanted == NULL || strstr(text, wanted) == NULL)) {
        got = read(terminal, text + length, sizeof text - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
        text[length] = '\0';
    }
    for (i = 0; i < length; i++)
        if (text[i] != '\r') /* a terminal ends lines by two characters */
            putchar(text[i]);
}

static void type(int terminal, const char *text)
{
    if (write(terminal, text, strlen(text)) < 0)
        perror("write");
}

int main(void)
{
    const char *argv[] = {"sh", "-c", "stty size; printf 'your name? '; read name; stty size; echo hello $name", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();
    int terminal;
    int status;

    ctr_config_set_command(config, argv);
    ctr_config_set_terminal(config, 24, 80);
    status = ctr_spawn(config, &container, &error);
    ctr_config_free(config);
    if (status != 0)
        return failed(error);

    terminal = ctr_container_terminal(container); /* the container's: it is closed with the handle */
    show_until(terminal, "name? ");
    ctr_resize(container, 50, 132, NULL);
    type(terminal, "world\n"); /* which the terminal echoes */
    show_until(terminal, NULL);

    status = ctr_wait(container, -1, &result, &error);
    if (status == 0)
        printf("it ended with status %d\n", result.code);
    ctr_container_free(container);
    return status == 0 ? 0 : failed(error);
}
