/* SPDX-License-Identifier: MIT */
/* spawn_once ROOT MAP [ask|join|named|sweep]: one spawn and wait between two marks, for parent_faults.py: the marks are
 * calls of chdir that fail. Says in one line how it went, and fails when something is left or an error is not clear.
 * What it does outside of the marks is done again when it fails: a fault that misses the library may hit it.
 * With "join" it is a further command that is run between the marks, and its container has to go on; "named" gives the
 * container a name; "sweep" starts nothing, and counts the names that are left. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { highest_fd = 64, tries = 3 };

static void mark(const char* path)
{
    if (chdir(path) == 0)
        abort();
}

static int open_fds(void)
{
    int most = 0;
    for (int round = 0; round < tries; round++) {
        int found = 0;
        for (int fd = 0; fd < highest_fd; fd++)
            found += fcntl(fd, F_GETFD) >= 0;
        most = found > most ? found : most; /* a fault makes one look closed */
    }
    return most;
}

static int children_left(void)
{
    for (int round = 0; round < tries; round++)
        if (no_children())
            return 0;
    return 1;
}

static int tell_error(const char* what, const ctr_error* error)
{
    printf("%s: code %d, step %s, subject %s, errno %d: %s\n", what, ctr_error_code(error), ctr_error_step(error),
           ctr_error_subject(error), ctr_error_errno(error), ctr_error_message(error));
    return is_clear(error) ? 0 : 3;
}

/* Below the current directory. */
static const char* state_directory(void)
{
    static char path[4096];
    if (getcwd(path, sizeof path - 8) == NULL)
        abort();
    return strcat(path, "/state");
}

static int sweep(void)
{
    char** names = NULL;
    int count = 0;
    if (ctr_names(state_directory(), &names, NULL) != 0)
        return 7;
    while (names[count] != NULL)
        count++;
    free(names);
    return printf("%d names\n", count) > 0 ? 0 : 7;
}

static void set_streams(ctr_config* config)
{
    ctr_config_set_stdio(config, 0, CTR_STDIO_PIPE, -1);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    ctr_config_set_stdio_file(config, 2, "/dev/null", CTR_STDIO_APPEND);
}

/* What is run between the marks: a container, or a command in one that blocks. */
static ctr_config* further_command(void)
{
    const char* argv[] = {"/payload", "exit", "7", NULL};
    ctr_config* config = ctr_config_new();
    ctr_config_set_command(config, argv);
    return config;
}

static ctr_container* make_box(const char* root, uint32_t map)
{
    ctr_config* config = config_for(root, "block", NULL);
    ctr_config_set_map(config, map);
    ctr_container* box = spawn(config);
    ctr_config_free(config);
    if (box == NULL)
        give_up("there is no container to join");
    return box;
}

static int has_ended(ctr_container* box)
{
    ctr_result result = CTR_RESULT_INIT;
    for (int round = 0; round < tries; round++)
        if (ctr_wait(box, 0, &result, NULL) == -ETIMEDOUT)
            return 0;
    return 1;
}

/* What went between the marks. */
struct outcome {
    int spawned;
    int waited;
    ctr_result result;
    ctr_error* error;
};

static struct outcome run_between_marks(ctr_config* config, ctr_container* box)
{
    struct outcome went = {0, 0, CTR_RESULT_INIT, NULL};
    ctr_container* container = NULL;
    mark("/ctr-test/begin");
    went.spawned =
        box == NULL ? ctr_spawn(config, &container, &went.error) : ctr_exec(box, config, NULL, &container, &went.error);
    if (went.spawned == 0)
        went.waited = ctr_wait(container, 8000, &went.result, &went.error);
    ctr_container_free(container);
    ctr_config_free(config);
    mark("/ctr-test/end");
    return went;
}

static int tell(const struct outcome* went)
{
    if (went->spawned != 0 || went->waited != 0)
        return tell_error(went->spawned != 0 ? "spawn" : "wait", went->error);
    printf("kind %u, code %d\n", went->result.kind, went->result.code);
    return went->result.code == 7 ? 0 : 4;
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return 2;
    const char* word = argc > 3 ? argv[3] : "";
    if (strcmp(word, "sweep") == 0)
        return sweep();
    if (strcmp(word, "ask") == 0)
        require_namespaces();
    uint32_t map = (uint32_t)atoi(argv[2]);
    ctr_container* box = strcmp(word, "join") == 0 ? make_box(argv[1], map) : NULL;
    ctr_config* config = box == NULL ? config_for(argv[1], "exit", "7", NULL) : further_command();
    if (box == NULL)
        ctr_config_set_map(config, map);
    set_streams(config);
    if (strcmp(word, "named") == 0) {
        ctr_config_set_name(config, "faulty", CTR_NAME_REMOVE);
        ctr_config_set_state_directory(config, state_directory());
        ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    }
    int before = open_fds();
    struct outcome const went = run_between_marks(config, box);
    int after = open_fds();
    int status = tell(&went);
    if (after != before)
        status = printf("left: %d descriptors before and %d after\n", before, after) > 0 ? 5 : 5;
    if (box != NULL && has_ended(box))
        status = printf("the container has ended\n") > 0 ? 7 : 7;
    ctr_container_free(box);
    if (children_left())
        status = printf("left: a child\n") > 0 ? 6 : 6;
    fflush(stdout);
    return status;
}
