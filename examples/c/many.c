/* SPDX-License-Identifier: MIT */
/*
 * Many containers from one config and one thread. A container's pidfd becomes readable when it has ended, so that an
 * event loop can wait for all of them beside everything else that it waits for.
 */
#include <ctr/ctr.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#define COUNT 5

/* Starts number @i: the same config, with a command of its own. */
static ctr_container *start(const ctr_config *config, int i)
{
    char script[64];
    const char *argv[] = {"sh", "-c", NULL, NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;

    snprintf(script, sizeof script, "sleep 0.%d; exit %d", COUNT - i, i);
    argv[2] = script;
    options.argv = argv;
    if (ctr_spawn_with(config, &options, &container, &error) != 0)
        fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return container;
}

int main(void)
{
    ctr_container *containers[COUNT] = {NULL};
    int codes[COUNT];
    ctr_config *config = ctr_config_new();
    int loop = epoll_create1(EPOLL_CLOEXEC);
    int running = 0;
    int i;

    for (i = 0; i < COUNT; i++) {
        struct epoll_event interest = {0};
        containers[i] = start(config, i);
        if (containers[i] == NULL)
            return 125; /* those that run end with this process */
        interest.events = EPOLLIN;
        interest.data.u32 = (uint32_t)i;
        epoll_ctl(loop, EPOLL_CTL_ADD, ctr_container_pidfd(containers[i]), &interest);
        running++;
    }

    while (running > 0) {
        struct epoll_event event;
        ctr_result result = CTR_RESULT_INIT;
        if (epoll_wait(loop, &event, 1, -1) != 1)
            continue;
        i = (int)event.data.u32;
        if (ctr_wait(containers[i], 0, &result, NULL) != 0) /* 0: it has ended, so there is nothing to wait for */
            return 1;
        codes[i] = result.code;
        ctr_container_free(containers[i]); /* closes the pidfd, and so leaves the loop */
        running--;
    }

    for (i = 0; i < COUNT; i++)
        printf("container %d ended with status %d\n", i, codes[i]);
    close(loop);
    ctr_config_free(config);
    return 0;
}
