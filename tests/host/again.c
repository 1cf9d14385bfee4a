/* SPDX-License-Identifier: MIT */
/* again PAYLOAD: a config keeps the plan of its last start. What changes between two starts counts all the same: in the
 * config, in the caller, in the container's root, on the host. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { longest = 4096, thread_count = 8, each = 10 };

static char* directory;
static char* root;

static ctr_config* with_output(const char* word, const char* value)
{
    ctr_config* config = config_for(root, word, value, NULL);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    return config;
}

static void expect_output(const ctr_config* config, const char* wanted)
{
    char text[longest];
    printed_by(config, NULL, text, sizeof text);
    expect(strcmp(text, wanted) == 0, "\"%s\" instead of \"%s\"", text, wanted);
}

static char* new_directory(const char* parent, const char* name)
{
    char* path = path_in(parent, name);
    if (mkdir(path, 0755) != 0)
        give_up("cannot make %s", path);
    return path;
}

static void config_changes(void)
{
    begin_case("a_setter_between_two_spawns_counts");
    ctr_config* config = with_output("where", NULL);
    ctr_config_add_dir(config, "/data", 0755);
    ctr_config_set_cwd(config, "/");
    expect_output(config, "/\n");
    ctr_config_set_cwd(config, "/data");
    expect_output(config, "/data\n");
    expect_output(config, "/data\n");
    ctr_config_free(config);

    begin_case("a_setter_that_is_refused_between_two_spawns_counts");
    config = with_output("where", NULL);
    ctr_config_set_cwd(config, "/");
    expect_output(config, "/\n");
    expect(ctr_config_set_cwd(config, "relative") == -EINVAL, "it was taken");
    ctr_container* container = NULL;
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "it was started");
    ctr_config_free(config);
}

static void options_change(void)
{
    begin_case("options_count_for_their_spawn_only");
    char text[longest];
    ctr_config* config = with_output("where", NULL);
    ctr_config_add_dir(config, "/data", 0755);
    ctr_config_set_cwd(config, "/");
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.cwd = "/data";
    for (int i = 0; i < 2; i++) {
        expect_output(config, "/\n");
        printed_by(config, &options, text, sizeof text);
        expect(strcmp(text, "/data\n") == 0, "\"%s\"", text);
    }
    ctr_config_free(config);
}

static void caller_changes(void)
{
    begin_case("the_callers_directory_counts_at_every_spawn");
    char* shared = new_directory(directory, "shared");
    char* one = new_directory(shared, "one");
    char* two = new_directory(shared, "two");
    char wanted[longest];
    ctr_config* config = with_output("where", NULL);
    ctr_add_mount(config, shared, shared, NULL, MS_BIND, NULL);
    for (int i = 0; i < 4; i++) {
        const char* here = i % 2 == 0 ? one : two;
        if (chdir(here) != 0)
            give_up("cannot enter %s", here);
        snprintf(wanted, sizeof wanted, "%s\n", here);
        expect_output(config, wanted);
    }
    if (chdir("/") != 0)
        give_up("cannot enter /");
    ctr_config_free(config);
    free(two);
    free(one);
    free(shared);
}

static void root_changes(void)
{
    begin_case("a_user_is_looked_up_in_the_root_at_every_spawn");
    char* etc = new_directory(root, "etc");
    char* passwd = path_in(etc, "passwd");
    ctr_config* config = with_output("status", "Uid");
    ctr_config_set_user(config, "tester");
    write_text(passwd, "tester:x:7:7::/:/payload\n");
    expect_output(config, "Uid:\t7\t7\t7\t7\n");
    write_text(passwd, "tester:x:8:8::/:/payload\n");
    expect_output(config, "Uid:\t8\t8\t8\t8\n");
    write_text(passwd, "other:x:8:8::/:/payload\n");
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) < 0 && is_clear(error), "a user was found that is gone");
    ctr_error_free(error);
    ctr_config_free(config);
    free(passwd);
    free(etc);
}

static void host_changes(void)
{
    begin_case("an_optional_source_counts_as_it_is_at_every_spawn");
    char* source = path_in(directory, "source");
    ctr_config* config = with_output("where", NULL);
    ctr_add_mount(config, source, "/extra", NULL, MS_BIND | CTR_MOUNT_OPTIONAL, NULL);
    ctr_config_set_cwd(config, "/extra/inner");
    for (int i = 0; i < 4; i++) {
        char* inner = NULL;
        if (i % 2 != 0) {
            free(new_directory(directory, "source"));
            inner = new_directory(source, "inner");
            expect_output(config, "/extra/inner\n");
            if (rmdir(inner) != 0 || rmdir(source) != 0)
                give_up("cannot remove %s", source);
        } else {
            ctr_container* container = NULL;
            expect(ctr_spawn(config, &container, NULL) == -ENOENT, "it was started without its directory");
        }
        free(inner);
    }
    ctr_config_free(config);
    free(source);
}

/* Whole at any time. */
static void write_passwd(const char* etc, const char* line)
{
    char* fresh = path_in(etc, "passwd.new");
    char* passwd = path_in(etc, "passwd");
    write_text(fresh, line);
    if (rename(fresh, passwd) != 0)
        give_up("cannot rename %s", fresh);
    free(passwd);
    free(fresh);
}

static void* spawn_each(void* config)
{
    char text[longest];
    for (int i = 0; i < each; i++) {
        printed_by(config, NULL, text, sizeof text);
        int seven = strcmp(text, "Uid:\t7\t7\t7\t7\n") == 0;
        int eight = strcmp(text, "Uid:\t8\t8\t8\t8\n") == 0;
        expect(seven || eight, "\"%s\"", text);
    }
    return NULL;
}

static void many_threads(void)
{
    begin_case("eight_threads_spawn_from_one_config_while_the_root_changes");
    pthread_t threads[thread_count];
    char* etc = path_in(root, "etc");
    ctr_config* config = with_output("status", "Uid");
    ctr_config_set_user(config, "tester");
    write_passwd(etc, "tester:x:7:7::/:/payload\n");
    for (int i = 0; i < thread_count; i++)
        pthread_create(&threads[i], NULL, spawn_each, config);
    for (int i = 0; i < 40; i++) {
        write_passwd(etc, i % 2 == 0 ? "tester:x:8:8::/:/payload\n" : "tester:x:7:7::/:/payload\n");
        sleep_ms(10);
    }
    for (int i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    ctr_config_free(config);
    free(etc);
}

static void forked_host(void)
{
    begin_case("a_forked_host_spawns_from_its_copy_of_the_config");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    expect(run(config) == 0, "before the fork");
    pid_t child = fork();
    if (child == 0)
        _exit(run(config) == 0 && run(config) == 0 ? 0 : 1);
    int status = -1;
    expect(waitpid(child, &status, 0) == child && status == 0, "in the fork: wait status 0x%x", (unsigned)status);
    expect(run(config) == 0, "after the fork");
    ctr_config_free(config);
}

static void config_ends(void)
{
    begin_case("the_report_outlives_the_config_and_a_change_of_it");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_container* first = spawn(config);
    ctr_container* second = spawn(config);
    ctr_config_set_hostname(config, "other");
    ctr_container* third = spawn(config);
    ctr_config_free(config);
    ctr_container* const containers[] = {first, second, third};
    for (size_t i = 0; i < 3; i++) {
        const char* report = ctr_container_report(containers[i]);
        expect(strstr(report, "\"effective\":{") != NULL && strstr(report, "\"requested\":{") != NULL, "%s", report);
        expect(ctr_container_report(containers[i]) == report, "it moved");
        ctr_container_free(containers[i]);
    }
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    directory = make_directory();
    root = make_root(directory, argv[1]);
    int before = count_fds();
    config_changes();
    options_change();
    caller_changes();
    root_changes();
    host_changes();
    many_threads();
    forked_host();
    config_ends();
    begin_case("nothing_is_left_open");
    expect(count_fds() == before, "%d descriptors instead of %d", count_fds(), before);
    remove_tree(directory);
    free(root);
    free(directory);
    return conclude();
}
