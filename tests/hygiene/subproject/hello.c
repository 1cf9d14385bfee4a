/* SPDX-License-Identifier: MIT */
/* That a parent finds the headers and the library of its subproject. */
#include <ctr/ctr.h>
#include <stdio.h>

int main(void)
{
    const char* argv[] = {"echo", "hello from a subproject", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_config* config = ctr_config_new();
    ctr_config_set_command(config, argv);
    if (ctr_spawn(config, &container, &error) == 0)
        ctr_wait(container, -1, &result, &error);
    else
        fprintf(stderr, "%s: %s\n", ctr_error_step(error), ctr_error_message(error));
    ctr_container_free(container);
    ctr_config_free(config);
    ctr_error_free(error);
    return result.kind == CTR_RESULT_EXITED ? result.code : 125;
}
