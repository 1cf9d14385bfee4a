/* SPDX-License-Identifier: MIT */
/*
 * Many containers, one thread, and more than their ends: each has a descriptor that becomes readable when something
 * has happened to its command, and ctr_next_event() says what.
 */
#include <ctr/ctr.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define COUNT 10

struct box {
    ctr_container *container;
    char story[128];
};

/* Every fifth would sleep for a minute. */
static ctr_container *start(const ctr_config *config, int i)
{
    char script[32];
    const char *argv[] = {"sh", "-c", NULL, NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;

    if (i % 5 == 4)
        snprintf(script, sizeof script, "exec sleep 60");
    else
        snprintf(script, sizeof script, "exit %d", i);
    argv[2] = script;
    options.argv = argv;
    if (ctr_spawn_with(config, &options, &container, &error) != 0)
        fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return container;
}

static void note(struct box *box, const ctr_event *event)
{
    size_t length = strlen(box->story);
    char *end = box->story + length;
    size_t left = sizeof box->story - length;

    if (event->kind == CTR_EVENT_STARTED)
        snprintf(end, left, "started");
    else if (event->kind == CTR_EVENT_TIMED_OUT)
        snprintf(end, left, ", had its time");
    else if (event->kind == CTR_EVENT_ENDED && event->result_kind == CTR_RESULT_EXITED)
        snprintf(end, left, ", ended with status %d", event->code);
    else if (event->kind == CTR_EVENT_ENDED)
        snprintf(end, left, ", was ended");
    /* Others may be added in later versions: they are passed over. */
}

/* Takes what there is until there is nothing more; returns whether the last one was taken. */
static int take_events(struct box *box)
{
    ctr_event event = CTR_EVENT_INIT;

    while (ctr_next_event(box->container, &event, NULL) == 0) {
        note(box, &event);
        if (event.kind == CTR_EVENT_ENDED)
            return 1;
    }
    return 0;
}

int main(void)
{
    struct box boxes[COUNT] = {{NULL, ""}};
    ctr_config *config = ctr_config_new();
    int loop = epoll_create1(EPOLL_CLOEXEC);
    int running;
    int i;

    ctr_config_set_timeout(config, 2000); /* milliseconds */
    for (i = 0; i < COUNT; i++) {
        struct epoll_event interest = {0};
        boxes[i].container = start(config, i);
        if (boxes[i].container == NULL)
            return 125; /* those that run end with this process */
        interest.events = EPOLLIN;
        interest.data.ptr = &boxes[i];
        epoll_ctl(loop, EPOLL_CTL_ADD, ctr_container_event_fd(boxes[i].container), &interest);
    }

    for (running = COUNT; running > 0;) {
        struct epoll_event ready;
        struct box *box;
        if (epoll_wait(loop, &ready, 1, -1) != 1)
            continue;
        box = ready.data.ptr;
        if (!take_events(box))
            continue;
        ctr_container_free(box->container); /* closes the descriptor, and so leaves the loop */
        running--;
    }

    for (i = 0; i < COUNT; i++)
        printf("container %d: %s\n", i, boxes[i].story);
    close(loop);
    ctr_config_free(config);
    return 0;
}
