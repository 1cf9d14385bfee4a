/* SPDX-License-Identifier: MIT */
/* small_stack PAYLOAD: threads with the least stack that there is call the library, as hosts with thousands of
 * threads do. */
#include "support.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_LARGE_FRAMES 1
#else
#define HAS_LARGE_FRAMES 0
#endif

static ctr_config* config;
static char problem[256];

static void note(const char* what, ctr_error* error)
{
    strncpy(problem, what, sizeof problem - 1);
    strncat(problem, ": ", sizeof problem - strlen(problem) - 1);
    strncat(problem, ctr_error_message(error), sizeof problem - strlen(problem) - 1);
    ctr_error_free(error);
}

static void* spawn_and_wait(void* expected)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_result result = CTR_RESULT_INIT;
    if (ctr_spawn(config, &container, &error) != 0) {
        if (ctr_error_code(error) != *(int*)expected)
            note("ctr_spawn", error);
        else
            ctr_error_free(error);
        return NULL;
    }
    if (ctr_wait(container, 10000, &result, &error) != 0)
        note("ctr_wait", error);
    else if (result.kind != CTR_RESULT_EXITED || result.code != 0)
        note("the result", NULL);
    ctr_container_report(container);
    ctr_container_free(container);
    return NULL;
}

static void* explain(void* unused)
{
    (void)unused;
    char* text = NULL;
    ctr_error* error = NULL;
    if (ctr_explain(config, &text, &error) != 0)
        note("ctr_explain", error);
    free(text);
    return NULL;
}

static void* further_command(void* container)
{
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    ctr_result result = CTR_RESULT_INIT;
    if (ctr_exec(container, config, NULL, &command, &error) != 0)
        note("ctr_exec", error);
    else if (ctr_wait(command, 10000, &result, &error) != 0)
        note("ctr_wait", error);
    ctr_container_free(command);
    return NULL;
}

static void in_small_thread(void* (*body)(void*), void* argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    problem[0] = 0;
    if (pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) != 0 ||
        pthread_create(&thread, &attributes, body, argument) != 0)
        give_up("cannot make a thread with a stack of %ld bytes", (long)PTHREAD_STACK_MIN);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    expect(problem[0] == 0, "%s", problem);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    if (HAS_LARGE_FRAMES)
        skip_all("the frames of this build are not those of others");
    start_watchdog(60);
    char* directory = make_directory();
    char* root = make_root(directory, argv[1]);
    int none = CTR_ERR_NONE;
    int missing = CTR_ERR_NO_COMMAND;

    begin_case("a_thread_with_the_least_stack_spawns_and_waits");
    config = config_for(root, "exit", "0", NULL);
    in_small_thread(spawn_and_wait, &none);

    begin_case("a_thread_with_the_least_stack_spawns_again");
    in_small_thread(spawn_and_wait, &none);

    begin_case("a_thread_with_the_least_stack_explains");
    in_small_thread(explain, NULL);

    begin_case("a_thread_with_the_least_stack_starts_a_further_command");
    ctr_config_free(config);
    config = config_for(root, "block", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    config = ctr_config_new();
    ctr_config_set_command(config, (const char* const[]){"/payload", "exit", "0", NULL});
    in_small_thread(further_command, container);
    ctr_container_free(container);

    begin_case("a_thread_with_the_least_stack_spawns_on_the_host_root_with_layers_and_names");
    ctr_config_free(config);
    config = ctr_config_new();
    ctr_config_set_command(config, (const char* const[]){"/bin/true", NULL});
    ctr_config_set_user(config, "root");
    ctr_add_mount(config, root, "/opt/a/b/c", "bind", 0, NULL);
    ctr_config_add_landlock_path(config, "/", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE);
    ctr_config_set_landlock_mode(config, CTR_LANDLOCK_PREFERRED);
    in_small_thread(spawn_and_wait, &none);
    ctr_config_free(config);

    begin_case("a_thread_with_the_least_stack_is_told_of_a_missing_command");
    config = config_for(root, NULL);
    ctr_config_set_command(config, (const char* const[]){"nowhere", NULL});
    in_small_thread(spawn_and_wait, &missing);
    ctr_config_free(config);

    remove_tree(directory);
    free(root);
    free(directory);
    return conclude();
}
