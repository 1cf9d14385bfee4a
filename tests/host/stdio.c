/* SPDX-License-Identifier: MIT */
/* stdio PAYLOAD: standard descriptors that are made at each spawn: pipes, files, and error merged into output. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* root;
static const char* directory;

enum { much = 1 << 20 }; /* more than a pipe holds */

/* Reads to the end; the text is the caller's. */
static char* read_end(int fd)
{
    size_t size = 0;
    char* text = malloc(much + 1);
    ssize_t got = 0;
    while (size < much && (got = read(fd, text + size, much - size)) > 0)
        size += (size_t)got;
    text[size] = 0;
    return text;
}

static void expect_text(char* text, const char* wanted)
{
    expect(text != NULL && strcmp(text, wanted) == 0, "\"%s\" instead of \"%s\"", text == NULL ? "" : text, wanted);
    free(text);
}

static int end_of(ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    if (ctr_wait(container, 20000, &result, NULL) != 0)
        return -1;
    return result.kind == CTR_RESULT_EXITED ? result.code : -2;
}

static ctr_config* with_pipes(const char* word, const char* number)
{
    ctr_config* config = config_for(root, word, number, NULL);
    for (int i = 0; i < 3; i++)
        ctr_config_set_stdio(config, i, CTR_STDIO_PIPE, -1);
    return config;
}

/* ---------------------------------------------------------------------------------------------- pipes */

static void output_of_pipes(void)
{
    begin_case("pipes_carry_output_and_error_apart_and_end_with_the_command");
    ctr_config* config = with_pipes("both", NULL);
    ctr_container* container = spawn(config);
    expect_text(read_end(ctr_container_stdio(container, 1)), "out\nout\nout\n");
    expect_text(read_end(ctr_container_stdio(container, 2)), "err\nerr\nerr\n");
    expect(end_of(container) == 0, "the end");
    ctr_container_free(container);
    ctr_config_free(config);
}

static int feed(int fd, const unsigned char* bytes, size_t size, size_t* at)
{
    ssize_t put = write(fd, bytes + *at, size - *at);
    if (put > 0)
        *at += (size_t)put;
    return put >= 0 || errno == EAGAIN;
}

/* As a caller with poll does it, both ways at once. */
static size_t exchange(ctr_container* container, const unsigned char* sent, unsigned char* received)
{
    int input = ctr_container_take_stdio(container, 0);
    int output = ctr_container_stdio(container, 1);
    size_t put = 0;
    size_t got = 0;
    fcntl(input, F_SETFL, O_NONBLOCK);
    fcntl(output, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd polled[2] = {{input, POLLOUT, 0}, {output, POLLIN, 0}};
        if (poll(polled, 2, 20000) <= 0)
            break;
        if (polled[0].revents != 0 && !feed(input, sent, much, &put))
            break;
        if (put == much && input >= 0) {
            close(input);
            input = -1;
        }
        ssize_t count = polled[1].revents == 0 ? -1 : read(output, received + got, much - got);
        if (count == 0)
            break;
        got += count > 0 ? (size_t)count : 0;
    }
    if (input >= 0)
        close(input);
    return got;
}

static void both_ways(void)
{
    begin_case("a_megabyte_goes_through_pipes_both_ways_with_poll");
    unsigned char* sent = malloc(much);
    unsigned char* received = calloc(1, much + 1);
    for (size_t i = 0; i < much; i++)
        sent[i] = (unsigned char)(i * 31 + i / 251);
    ctr_config* config = with_pipes("echo", NULL);
    ctr_container* container = spawn(config);
    size_t size = exchange(container, sent, received);
    expect(size == much && memcmp(sent, received, much) == 0, "%zu bytes came back", size);
    expect(end_of(container) == 0, "the end");
    ctr_container_free(container);
    ctr_config_free(config);
    free(received);
    free(sent);
}

static void ownership(void)
{
    begin_case("a_taken_end_is_the_callers_and_another_one_ends_with_the_container");
    ctr_config* config = with_pipes("echo", NULL);
    ctr_container* container = spawn(config);
    int input = ctr_container_stdio(container, 0);
    int output = ctr_container_stdio(container, 1);
    expect(input > 2 && fcntl(input, F_GETFD) == FD_CLOEXEC, "close-on-exec");
    expect((fcntl(input, F_GETFL) & O_NONBLOCK) == 0, "blocking");
    expect(ctr_container_take_stdio(container, 1) == output, "another descriptor is taken");
    expect(ctr_container_stdio(container, 1) == -EBADF, "it is still the container's");
    expect(ctr_container_take_stdio(container, 1) == -EBADF, "it can be taken twice");
    expect(ctr_container_stdio(container, 3) == -EBADF && ctr_container_stdio(container, -1) == -EBADF,
           "other numbers");
    expect(ctr_container_stdio(NULL, 0) == -EINVAL && ctr_container_take_stdio(NULL, 0) == -EINVAL, "no container");
    ctr_container_free(container);
    expect(fcntl(input, F_GETFD) < 0, "the container's end is left open");
    expect(fcntl(output, F_GETFD) == FD_CLOEXEC, "the taken one is closed");
    close(output);
    ctr_config_free(config);

    begin_case("without_a_pipe_there_is_no_end");
    config = config_for(root, "exit", "0", NULL);
    ctr_config_set_stdio(config, 0, CTR_STDIO_NULL, -1);
    container = spawn(config);
    for (int i = 0; i < 3; i++)
        expect(ctr_container_stdio(container, i) == -EBADF, "descriptor %d", i);
    ctr_container_free(container);
    ctr_config_free(config);
}

static void init_holds_nothing(uint32_t init, const char* sentence)
{
    begin_case("%s", sentence);
    ctr_config* config = with_pipes("block", NULL);
    ctr_config_set_init(config, init);
    ctr_container* container = spawn(config);
    int input = ctr_container_stdio(container, 0);
    signal(SIGPIPE, SIG_IGN);
    expect(write(input, "x", 1) == 1, "the command has its input");
    ctr_container_free(container);

    const char* const words[] = {"/payload", "close-and-block", NULL};
    ctr_config_set_command(config, words);
    container = spawn(config);
    struct pollfd polled[2] = {{ctr_container_stdio(container, 1), POLLIN, 0},
                               {ctr_container_stdio(container, 0), 0, 0}};
    expect(poll(polled, 1, 10000) == 1 && (polled[0].revents & POLLHUP) != 0, "output has no end");
    expect(poll(polled + 1, 1, 10000) == 1 && (polled[1].revents & POLLERR) != 0, "input is held");
    expect(write(ctr_container_stdio(container, 0), "x", 1) < 0 && errno == EPIPE, "input is held by somebody");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 0, &result, NULL) == -ETIMEDOUT, "the command has ended");
    ctr_container_free(container);
    ctr_config_free(config);
}

static void further_commands(void)
{
    begin_case("a_further_command_has_pipes_and_files_too");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    const char* const words[] = {"/payload", "both", NULL};
    char* path = path_in(directory, "further");
    config = ctr_config_new();
    ctr_config_set_command(config, words);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    ctr_config_set_stdio_file(config, 2, path, 0);
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    if (!expect(ctr_exec(container, config, NULL, &command, &error) == 0, "ctr_exec"))
        print_error("ctr_exec", error);
    expect_text(read_end(ctr_container_stdio(command, 1)), "out\nout\nout\n");
    expect(end_of(command) == 0, "the end");
    ctr_container_free(command);
    expect_text(read_text(path), "err\nerr\nerr\n");

    begin_case("error_of_a_further_command_is_merged");
    ctr_config_set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    expect(ctr_exec(container, config, NULL, &command, NULL) == 0, "ctr_exec");
    expect_text(read_end(ctr_container_stdio(command, 1)), "out\nerr\nout\nerr\nout\nerr\n");
    ctr_container_free(command);
    ctr_container_free(container);
    ctr_config_free(config);
    free(path);
}

static void held_by_a_descendant(void)
{
    begin_case("a_descendant_that_holds_a_pipe_does_not_keep_the_wait");
    ctr_config* config = with_pipes("hold", "60000");
    ctr_container* container = spawn(config);
    uint64_t begun = now_ns();
    expect(end_of(container) == 0, "the end");
    expect(now_ns() - begun < UINT64_C(5000000000), "it took too long");
    expect_text(read_end(ctr_container_stdio(container, 1)), "");
    ctr_container_free(container);
    ctr_config_free(config);
}

/* ---------------------------------------------------------------------------------------------- merge */

static void merged(void)
{
    begin_case("error_merged_into_a_pipe_keeps_the_order");
    ctr_config* config = config_for(root, "both", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    ctr_config_set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    ctr_container* container = spawn(config);
    expect_text(read_end(ctr_container_stdio(container, 1)), "out\nerr\nout\nerr\nout\nerr\n");
    expect(ctr_container_stdio(container, 2) == -EBADF, "an end for a merged descriptor");
    ctr_container_free(container);

    begin_case("error_merged_into_a_file_shares_its_offset");
    char* path = path_in(directory, "merged");
    ctr_config_set_stdio_file(config, 1, path, 0);
    expect(run(config) == 0, "the end");
    expect_text(read_text(path), "out\nerr\nout\nerr\nout\nerr\n");
    free(path);

    begin_case("error_merged_into_a_given_descriptor_and_into_an_inherited_one");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    ctr_config_set_stdio(config, 1, CTR_STDIO_FD, ends[1]);
    expect(run(config) == 0, "the end");
    ctr_config_set_stdio(config, 1, CTR_STDIO_INHERIT, -1);
    fflush(stdout);
    int own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(ends[1], STDOUT_FILENO);
    int status = run(config);
    dup2(own, STDOUT_FILENO);
    close(own);
    close(ends[1]);
    expect(status == 0, "the end");
    expect_text(read_end(ends[0]), "out\nerr\nout\nerr\nout\nerr\nout\nerr\nout\nerr\nout\nerr\n");
    close(ends[0]);
    ctr_config_free(config);
}

/* ---------------------------------------------------------------------------------------------- files */

static void files(void)
{
    char* input = path_in(directory, "input");
    char* output = path_in(directory, "output");
    write_text(input, "text\n");
    begin_case("files_are_read_emptied_and_appended_to");
    ctr_config* config = config_for(root, "echo", NULL);
    ctr_config_set_stdio_file(config, 0, input, 0);
    ctr_config_set_stdio_file(config, 1, output, 0);
    mode_t before = umask(027);
    expect(run(config) == 0 && run(config) == 0, "the end");
    umask(before);
    expect_text(read_text(output), "text\n");
    struct stat status;
    expect(stat(output, &status) == 0 && (status.st_mode & 07777) == 0640, "mode %o", (unsigned)status.st_mode);
    ctr_config_set_stdio_file(config, 1, output, CTR_STDIO_APPEND);
    expect(run(config) == 0, "the end");
    expect_text(read_text(output), "text\ntext\n");

    begin_case("a_relative_path_starts_from_the_directory_at_the_spawn");
    ctr_config_set_stdio_file(config, 1, "relative", 0);
    int home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    expect(chdir(directory) == 0 && run(config) == 0, "the end");
    expect(fchdir(home) == 0, "back");
    close(home);
    char* relative = path_in(directory, "relative");
    expect_text(read_text(relative), "text\n");
    free(relative);
    ctr_config_free(config);
    free(output);
    free(input);
}

static void expect_open_fault(ctr_config* config, const char* path, int number, int sys)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) < 0 && container == NULL, "%s was opened", path);
    expect(is_clear(error), "the error is not clear");
    expect(strcmp(ctr_error_step(error), "process") == 0, "step %s", ctr_error_step(error));
    expect(strcmp(ctr_error_subject(error), path) == 0, "subject %s", ctr_error_subject(error));
    expect(strcmp(ctr_error_call(error), "ctr_config_set_stdio_file") == 0, "call %s", ctr_error_call(error));
    expect(ctr_error_errno(error) == sys, "%d: errno %d", number, ctr_error_errno(error));
    ctr_error_free(error);
    expect(no_children(), "a process is left");
}

/* The command is `echo`; some of what it reads is there before it starts. */
static void read_fifo(ctr_config* config, const char* fifo, const char* early)
{
    int const both = open(fifo, O_RDWR | O_CLOEXEC); /* so that nobody waits for a reader */
    int const writer = open(fifo, O_WRONLY | O_CLOEXEC);
    expect(write(writer, early, strlen(early)) == (ssize_t)strlen(early), "early");
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    ctr_container* container = spawn(config);
    close(both);
    expect(write(writer, "late", 4) == 4, "late");
    close(writer);
    expect_text(read_end(ctr_container_stdio(container, 1)), *early ? "early late" : "late");
    expect(end_of(container) == 0, "the end");
    ctr_container_free(container);
}

static void bad_files(void)
{
    begin_case("a_file_that_cannot_be_opened_is_an_error_with_its_path");
    char* missing = path_in(directory, "no/such");
    char* fifo = path_in(directory, "fifo");
    char* other = path_in(directory, "untouched");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_stdio_file(config, 0, missing, 0);
    expect_open_fault(config, missing, 0, ENOENT);
    ctr_config_set_stdio_file(config, 0, directory, 0);
    expect_open_fault(config, directory, 0, EISDIR);
    ctr_config_set_stdio(config, 0, CTR_STDIO_INHERIT, -1);
    ctr_config_set_stdio_file(config, 1, directory, 0);
    expect_open_fault(config, directory, 1, EISDIR);

    begin_case("a_fifo_that_nobody_reads_or_nobody_writes_is_refused_at_once");
    if (mkfifo(fifo, 0600) != 0)
        give_up("cannot make a fifo");
    ctr_config_set_stdio_file(config, 1, fifo, 0);
    expect_open_fault(config, fifo, 1, ENXIO);
    const char* const words[] = {"/payload", "echo", NULL};
    ctr_config_set_command(config, words);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    ctr_config_set_stdio_file(config, 0, fifo, 0);
    expect_open_fault(config, fifo, 0, ENXIO);

    begin_case("a_fifo_with_a_writer_gives_what_is_written_before_and_after_the_start");
    read_fifo(config, fifo, "");
    read_fifo(config, fifo, "early ");
    ctr_config_free(config);

    begin_case("no_file_is_touched_where_the_config_does_not_fit_together");
    config = config_for(root, "exit", "0", NULL);
    ctr_config_set_stdio_file(config, 1, other, 0);
    ctr_config_set_user(config, "nobody-of-this-name");
    ctr_container* container = NULL;
    expect(ctr_spawn(config, &container, NULL) < 0, "it was started");
    expect(access(other, F_OK) != 0, "a file was made");
    ctr_config_free(config);
    free(other);
    free(fifo);
    free(missing);
}

static void nothing_left(void)
{
    begin_case("200_spawns_of_which_half_fail_leave_no_descriptor");
    char* missing = path_in(directory, "no/such");
    char* output = path_in(directory, "output");
    ctr_config* good = with_pipes("exit", "0");
    ctr_config* bad = with_pipes("exit", "0"); /* the pipes are made first, then the file is missing */
    ctr_config* late = config_for(root, "exit", "0", NULL);
    const char* const absent[] = {"/absent", NULL};
    ctr_config_set_stdio_file(bad, 2, missing, 0);
    ctr_config_set_stdio_file(late, 1, output, 0);
    ctr_config_set_stdio(late, 0, CTR_STDIO_PIPE, -1);
    ctr_config_set_command(late, absent);
    expect(run(good) == 0, "the end"); /* what is kept from the first spawn on */
    ctr_config* const failing[] = {bad, late};
    ctr_container* container = NULL;
    for (int i = 0; i < 2; i++)
        expect(ctr_spawn(failing[i], &container, NULL) < 0, "it was started");
    int before = count_fds();
    for (int i = 0; i < 100; i++) {
        expect(run(good) == 0, "the end");
        expect(ctr_spawn(failing[i % 2], &container, NULL) < 0, "it was started");
    }
    expect(count_fds() == before, "%d descriptors instead of %d", count_fds(), before);
    expect(no_children(), "a process is left");
    ctr_config_free(late);
    ctr_config_free(bad);
    ctr_config_free(good);
    free(output);
    free(missing);
}

static void without_standard_descriptors(void)
{
    begin_case("pipes_work_in_a_host_without_standard_descriptors");
    fflush(stdout);
    int saved[3];
    for (int i = 0; i < 3; i++)
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
    for (int i = 0; i < 3; i++)
        close(i);
    ctr_config* config = with_pipes("echo", NULL);
    ctr_container* container = NULL;
    int started = ctr_spawn(config, &container, NULL);
    int input = ctr_container_take_stdio(container, 0);
    ssize_t put = write(input, "text", 4);
    close(input);
    char* text = started == 0 ? read_end(ctr_container_stdio(container, 1)) : NULL;
    for (int i = 0; i < 3; i++) {
        dup2(saved[i], i);
        close(saved[i]);
    }
    expect(started == 0 && input > 2 && put == 4, "%d, %d", started, input);
    expect_text(text, "text");
    ctr_container_free(container);
    ctr_config_free(config);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    char* own = make_directory();
    char* path = make_root(own, argv[1]);
    directory = own;
    root = path;
    output_of_pipes();
    both_ways();
    ownership();
    init_holds_nothing(CTR_INIT_INSIDE, "nobody_but_the_command_holds_its_end");
    init_holds_nothing(CTR_INIT_OUTSIDE, "nobody_but_the_command_holds_its_end_with_init_outside");
    held_by_a_descendant();
    further_commands();
    merged();
    files();
    bad_files();
    nothing_left();
    without_standard_descriptors();
    remove_tree(own);
    free(path);
    free(own);
    return conclude();
}
