/* SPDX-License-Identifier: MIT */
/* overrides PAYLOAD: what differs from spawn to spawn of one config, announced descriptors, and programs that are executed
 * by their descriptor. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { thread_count = 8, each = 10, longest = 4096 };

static const char* root;
static const char* payload;

static ctr_config* with_output(const char* word, const char* number)
{
    ctr_config* config = config_for(root, word, number, NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    return config;
}

static void expect_output(const ctr_config* config, const ctr_spawn_options* options, const char* wanted)
{
    char text[longest];
    printed_by(config, options, text, sizeof text);
    expect(strcmp(text, wanted) == 0, "\"%s\" instead of \"%s\"", text, wanted);
}

/* -------------------------------------------------------------------------------------- one after another */

static void environment_and_directory(void)
{
    begin_case("options_add_and_replace_variables_for_one_spawn");
    ctr_config* config = with_output("env", NULL);
    ctr_config_set_env_base(config, CTR_ENV_EMPTY);
    ctr_config_add_env(config, "A", "config");
    ctr_config_add_env(config, "B", "config");
    const char* const env[] = {"A=once", "C=", NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.env = env;
    expect_output(config, &options, "A=once\nB=config\nC=\n");
    expect_output(config, NULL, "A=config\nB=config\n");
    ctr_config_free(config);

    begin_case("options_replace_the_directory_for_one_spawn");
    config = with_output("where", NULL);
    ctr_config_set_cwd(config, "/");
    ctr_config_add_dir(config, "/data", 0755);
    options.env = NULL;
    options.cwd = "/data";
    expect_output(config, &options, "/data\n");
    expect_output(config, NULL, "/\n");

    begin_case("a_directory_of_the_options_that_is_missing_is_named");
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    options.cwd = "/missing";
    expect(ctr_spawn_with(config, &options, &container, &error) == -ENOENT, "it was started");
    expect(strcmp(ctr_error_subject(error), "/missing") == 0 && strcmp(ctr_error_call(error), "ctr_spawn_with") == 0 &&
               is_clear(error),
           "subject %s, call %s", ctr_error_subject(error), ctr_error_call(error));
    ctr_error_free(error);
    ctr_config_free(config);
}

static void streams_and_descriptors(void)
{
    begin_case("options_replace_streams_and_pass_descriptors_for_one_spawn");
    int ends[2];
    int data[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || pipe2(data, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    ctr_config* config = with_output("read", "9");
    ctr_fd_pair const pairs[] = {{data[0], 9}};
    int const stdio[3] = {-1, ends[1], -1};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.stdio = stdio;
    options.fds = pairs;
    options.fd_count = 1;
    expect(write(data[1], "text", 4) == 4, "write");
    close(data[1]);
    ctr_container* container = NULL;
    expect(ctr_spawn_with(config, &options, &container, NULL) == 0, "ctr_spawn_with");
    expect(ctr_container_stdio(container, 1) == -EBADF, "a pipe was made");
    close(ends[1]);
    char text[16] = "";
    expect(read(ends[0], text, sizeof text) == 4 && strcmp(text, "text") == 0, "it wrote \"%s\"", text);
    ctr_container_free(container);
    close(ends[0]);
    close(data[0]);
    ctr_config_free(config);
}

static void wrong_values(void)
{
    begin_case("a_wrong_value_of_the_options_is_named_by_member_and_index");
    ctr_config* config = with_output("exit", "0");
    const char* const env[] = {"A=1", "B=2", "C=3", "D", NULL};
    int const stdio[3] = {-1, 4000, -1};
    ctr_fd_pair const pairs[] = {{0, 5}, {0, 6}, {0, 5}};
    ctr_spawn_options options[5] = {CTR_SPAWN_OPTIONS_INIT, CTR_SPAWN_OPTIONS_INIT, CTR_SPAWN_OPTIONS_INIT,
                                    CTR_SPAWN_OPTIONS_INIT, CTR_SPAWN_OPTIONS_INIT};
    static const char* const members[] = {"options.env[3]", "options.cwd", "options.stdio[1]", "options.fds[2]",
                                          "options.cancel_fd"};
    static const int indices[] = {3, 0, 1, 2, 0};
    options[0].env = env;
    options[1].cwd = "relative";
    options[2].stdio = stdio;
    options[3].fds = pairs;
    options[3].fd_count = 3;
    options[4].cancel_fd = 4000;
    int before = count_fds();
    for (int i = 0; i < 5; i++) {
        ctr_container* container = NULL;
        ctr_error* error = NULL;
        expect(ctr_spawn_with(config, &options[i], &container, &error) == -EINVAL && container == NULL, "%s",
               members[i]);
        expect(is_clear(error) && ctr_error_code(error) == CTR_ERR_INVALID, "%s: not clear", members[i]);
        expect(strcmp(ctr_error_subject(error), members[i]) == 0, "%s: %s", members[i], ctr_error_subject(error));
        expect(strcmp(ctr_error_call(error), "ctr_spawn_with") == 0 && ctr_error_index(error) == indices[i],
               "%s: %s %d", members[i], ctr_error_call(error), ctr_error_index(error));
        ctr_error_free(error);
    }
    expect(count_fds() == before && no_children(), "something is left");

    begin_case("options_of_the_first_version_are_taken");
    ctr_spawn_options old = CTR_SPAWN_OPTIONS_INIT;
    old.size = 16;
    old.env = env; /* behind its end */
    expect_output(config, &old, "");
    ctr_config_free(config);
}

/* ---------------------------------------------------------------------------------------------- at once */

struct share {
    const ctr_config* config;
    int number;
    int wrong;
};

static int spawn_share(struct share* share)
{
    char variable[32];
    char wanted[64];
    char text[64] = "";
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 1;
    snprintf(variable, sizeof variable, "NUMBER=%d", share->number);
    snprintf(wanted, sizeof wanted, "%s\nSHARED=yes\n", variable);
    const char* const env[] = {variable, NULL};
    int const stdio[3] = {-1, ends[1], -1};
    ctr_fd_pair const pairs[] = {{ends[0], 10 + share->number}};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.env = env;
    options.stdio = stdio;
    options.fds = pairs;
    options.fd_count = (uint32_t)share->number % 2;
    ctr_container* container = NULL;
    ctr_result result = CTR_RESULT_INIT;
    int started = ctr_spawn_with(share->config, &options, &container, NULL);
    close(ends[1]);
    size_t size = 0;
    ssize_t got = 0;
    while (started == 0 && (got = read(ends[0], text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    int ended = started == 0 ? ctr_wait(container, 20000, &result, NULL) : started;
    ctr_container_free(container);
    return ended != 0 || result.code != 0 || strcmp(text, wanted) != 0;
}

static void* spawn_shares(void* pointer)
{
    struct share* share = pointer;
    for (int i = 0; i < each; i++)
        share->wrong += spawn_share(share);
    return NULL;
}

static void many_threads(void)
{
    begin_case("eight_threads_spawn_from_one_config_with_options_of_their_own");
    ctr_config* config = with_output("env", NULL);
    ctr_config_set_env_base(config, CTR_ENV_EMPTY);
    ctr_config_add_env(config, "NUMBER", "none");
    ctr_config_add_env(config, "SHARED", "yes");
    expect_output(config, NULL, "NUMBER=none\nSHARED=yes\n"); /* what is kept from the first spawn on */
    int before = count_fds();
    pthread_t threads[thread_count];
    struct share shares[thread_count];
    for (int i = 0; i < thread_count; i++) {
        shares[i] = (struct share){config, i, 0};
        if (pthread_create(&threads[i], NULL, spawn_shares, &shares[i]) != 0)
            give_up("cannot make a thread");
    }
    for (int i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
        expect(shares[i].wrong == 0, "thread %d: %d of %d spawns", i, shares[i].wrong, (int)each);
    }
    expect(count_fds() == before, "%d descriptors instead of %d", count_fds(), before);
    expect_output(config, NULL, "NUMBER=none\nSHARED=yes\n");
    ctr_config_free(config);
}

/* ------------------------------------------------------------------------------------------- announced */

static void announced(uint32_t init, uint32_t pid_namespace, const char* sentence)
{
    begin_case("%s", sentence);
    ctr_config* config = with_output("listen", "2");
    ctr_config_set_init(config, init);
    ctr_config_set_namespace(config, CTR_NAMESPACE_PID, pid_namespace);
    for (int number = 3; number < 5; number++)
        ctr_config_add_fd(config, STDIN_FILENO, number);
    ctr_config_add_env(config, "LISTEN_PID", "1");
    ctr_config_set_listen_fds(config, 2);
    expect_output(config, NULL, "announced\n");
    expect_output(config, NULL, "announced\n");
    ctr_config_free(config);
}

static void announced_further(void)
{
    begin_case("listen_pid_is_the_pid_of_a_further_command");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    const char* const words[] = {"/payload", "listen", "1", NULL};
    config = ctr_config_new();
    ctr_config_set_command(config, words);
    ctr_config_add_fd(config, STDIN_FILENO, 3);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    ctr_config_set_listen_fds(config, 1);
    ctr_container* command = NULL;
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_exec(container, config, NULL, &command, NULL) == 0, "ctr_exec");
    expect(ctr_wait(command, 20000, &result, NULL) == 0 && result.code == 0, "code %d", result.code);
    ctr_container_free(command);
    ctr_container_free(container);
    ctr_config_free(config);
}

/* ------------------------------------------------------------------------------------------ by descriptor */

static int memory_file(const char* path)
{
    char buffer[65536];
    ssize_t got = 0;
    int source = open(path, O_RDONLY | O_CLOEXEC);
    int file = memfd_create("program", MFD_CLOEXEC);
    while ((got = read(source, buffer, sizeof buffer)) > 0)
        if (write(file, buffer, (size_t)got) != got)
            give_up("cannot write a memory file");
    close(source);
    return file;
}

static ctr_config* by_descriptor(int fd)
{
    ctr_config* config = ctr_config_new();
    const char* const words[] = {"any name", "name", NULL};
    ctr_config_set_rootfs(config, root);
    ctr_config_set_command(config, words);
    ctr_config_set_command_fd(config, fd);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    return config;
}

static void executed_by_descriptor(void)
{
    begin_case("a_memory_file_is_executed_with_any_name_beside_passed_descriptors");
    int file = memory_file(payload);
    ctr_config* config = by_descriptor(file);
    close(file);
    /* Among them the numbers at which the program may be received. */
    char wanted[256] = "0 1 2 ";
    for (int number = 3; number < 60; number++) {
        if (number >= 10 && number < 30)
            continue;
        ctr_config_add_fd(config, STDIN_FILENO, number);
        sprintf(wanted + strlen(wanted), "%d ", number);
    }
    expect_output(config, NULL, "any name\n");
    const char* const words[] = {"x", "fds", NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.argv = words;
    expect_output(config, &options, strcat(wanted, "\n"));
    ctr_config_free(config);

    begin_case("a_program_that_is_open_with_o_path_is_executed");
    file = open(payload, O_PATH | O_CLOEXEC);
    config = by_descriptor(file);
    expect_output(config, NULL, "any name\n");
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    expect_output(config, NULL, "any name\n");
    close(file);
    ctr_config_free(config);
}

static void expect_no_program(int fd, const char* part)
{
    ctr_config* config = by_descriptor(fd);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) == -ENOEXEC, "it was executed");
    expect(ctr_error_code(error) == CTR_ERR_NOT_EXECUTABLE && is_clear(error), "code %d", ctr_error_code(error));
    expect(strcmp(ctr_error_call(error), "ctr_config_set_command_fd") == 0, "call %s", ctr_error_call(error));
    expect(strstr(ctr_error_message(error), part) != NULL, "message %s", ctr_error_message(error));
    ctr_error_free(error);
    ctr_config_free(config);
    close(fd);
    expect(no_children(), "a process is left");
}

static void not_executable(void)
{
    begin_case("a_script_by_its_descriptor_is_diagnosed");
    int file = memfd_create("script", MFD_CLOEXEC);
    expect(write(file, "#!/payload\n", 11) == 11, "write");
    expect_no_program(file, "is a script");

    begin_case("what_is_no_program_is_diagnosed");
    expect_no_program(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "is a directory");
    file = memfd_create("text", MFD_CLOEXEC);
    expect(write(file, "nothing\n", 8) == 8, "write");
    expect_no_program(file, "cannot be executed by its descriptor");
    file = memory_file(payload);
    fchmod(file, 0600);
    expect_no_program(file, "no execute permission");
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    payload = argv[1];
    environment_and_directory();
    streams_and_descriptors();
    wrong_values();
    many_threads();
    announced(CTR_INIT_INSIDE, CTR_NAMESPACE_OWN, "listen_pid_is_the_pid_of_the_command");
    announced(CTR_INIT_OUTSIDE, CTR_NAMESPACE_OWN, "listen_pid_is_one_with_init_outside");
    announced(CTR_INIT_INSIDE, CTR_NAMESPACE_SHARED, "listen_pid_is_the_hosts_with_a_shared_pid_namespace");
    announced_further();
    executed_by_descriptor();
    not_executable();
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
