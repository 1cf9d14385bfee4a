/* SPDX-License-Identifier: MIT */
/*
 * The story of a start that failed: what can be done about it, where it happened, on what, and what to try.
 *
 * A program decides by the code; a person reads the rest. An exit status is never an error of libctr: it is always
 * the command's own.
 */
#include <ctr/ctr.h>

#include <stdio.h>
#include <string.h>

static void tell(const char *title, const ctr_error *error)
{
    printf("%s\n", title);
    printf("  code:    %d\n", ctr_error_code(error));
    printf("  step:    %s\n", ctr_error_step(error));
    printf("  subject: %s\n", ctr_error_subject(error));
    printf("  given by %s, call %d\n", ctr_error_call(error), ctr_error_index(error));
    printf("  message: %s\n", ctr_error_message(error));
    if (ctr_error_errno(error) != 0)
        printf("  system:  %s\n", strerror(ctr_error_errno(error)));
    if (ctr_error_hint(error)[0] != '\0')
        printf("  hint:    %s\n", ctr_error_hint(error));
}

/* Starts what cannot start; returns whether it failed with this code. */
static int fails(const char *title, const ctr_config *config, int code)
{
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    int expected;

    ctr_spawn(config, &container, &error);
    expected = ctr_error_code(error) == code;
    tell(title, error);
    ctr_error_free(error);
    ctr_container_free(container);
    return expected;
}

int main(void)
{
    const char *true_command[] = {"true", NULL};
    const char *missing_command[] = {"/no/such/command", NULL};
    ctr_config *config = ctr_config_new();
    int good;

    /* A wish of the wrong shape. The setter says so too, but a program may leave it to the spawn. */
    ctr_config_set_command(config, true_command);
    ctr_config_set_cwd(config, "not/absolute");
    good = fails("a wrong argument", config, CTR_ERR_INVALID);
    ctr_config_free(config);

    /* Something of the host that does not exist. */
    config = ctr_config_new();
    ctr_config_set_command(config, true_command);
    ctr_add_mount(config, "/no/such/directory", "/mnt", "bind", 0, NULL);
    good = fails("a missing source", config, CTR_ERR_NOT_FOUND) && good;
    ctr_config_free(config);

    /* A command that is not there. It is an error of the start, not an exit status of 127. */
    config = ctr_config_new();
    ctr_config_set_command(config, missing_command);
    good = fails("a missing command", config, CTR_ERR_NO_COMMAND) && good;
    ctr_config_free(config);
    return good ? 0 : 125;
}
