/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most_words = 32 };

char* path_in(const char* directory, const char* name)
{
    char* path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        give_up("no memory for a path");
    return path;
}

void write_text(const char* path, const char* text)
{
    FILE* file = fopen(path, "we");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        give_up("cannot write %s", path);
}

void copy_program(const char* from, const char* to)
{
    static char buffer[65536];
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (source < 0 || target < 0)
        give_up("cannot copy %s to %s", from, to);
    ssize_t got = 0;
    while ((got = read(source, buffer, sizeof buffer)) > 0)
        if (write(target, buffer, (size_t)got) != got)
            give_up("cannot write %s", to);
    fchmod(target, 0755);
    close(source);
    close(target);
}

char* make_root(const char* directory, const char* payload)
{
    char* root = path_in(directory, "root");
    if (mkdir(root, 0755) != 0 || chmod(root, 0755) != 0)
        give_up("cannot make %s", root);
    char* program = path_in(root, "payload");
    copy_program(payload, program);
    free(program);
    return root;
}

ctr_config* config_for(const char* root, ...)
{
    const char* words[most_words + 1] = {"/payload"};
    va_list list;
    va_start(list, root);
    for (int i = 1; i < most_words; i++)
        if ((words[i] = va_arg(list, const char*)) == NULL)
            break;
    va_end(list);
    ctr_config* config = ctr_config_new();
    if (config == NULL)
        give_up("no memory for a config");
    ctr_config_set_rootfs(config, root);
    ctr_config_set_command(config, words);
    return config;
}

/* Starts what a container needs at least and mounts a fresh /proc in it. Returns 0, or which step was refused. By the
 * bare system call: a sanitizer's runtime has a thread of its own, in a fork too, and unshare() takes no threads. */
static int try_namespaces(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        return 1;
    if (pid == 0)
        syscall(SYS_exit_group, mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0 ? 0 : 2);
    int status = 0;
    waitpid((pid_t)pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

void require_namespaces(void)
{
    int refused = try_namespaces();
    if (refused == 1)
        skip_all("this machine gives this user no user, mount and pid namespaces");
    if (refused == 2)
        skip_all("a fresh /proc is refused here: is this one masked?");
}

char* make_directory(void)
{
    require_namespaces();
    const char* where = getenv("TMPDIR");
    char* path = path_in(where != NULL && where[0] == '/' ? where : "/tmp", "ctr-test.XXXXXX");
    if (mkdtemp(path) == NULL || chmod(path, 0755) != 0)
        give_up("cannot make a directory %s", path);
    return path;
}

int is_admin(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    memset(sets, 0, sizeof sets);
    return syscall(SYS_capget, &header, sets) == 0 && (sets[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

static int names_user(const char* path)
{
    char line[512];
    char number[32];
    const struct passwd* account = getpwuid(geteuid());
    snprintf(number, sizeof number, "%u", geteuid());
    FILE* file = fopen(path, "re");
    int found = 0;
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, ":")] = 0;
        found = strcmp(line, number) == 0 || (account != NULL && strcmp(line, account->pw_name) == 0);
    }
    if (file != NULL)
        fclose(file);
    return found;
}

int has_ranges(void)
{
    return names_user("/etc/subuid") && names_user("/etc/subgid") && access("/usr/bin/newuidmap", X_OK) == 0 &&
           access("/usr/bin/newgidmap", X_OK) == 0;
}

void print_error(const char* what, const ctr_error* error)
{
    printf("  %s: %s: %s: %s (errno %d, %s[%d])\n", what, ctr_error_step(error), ctr_error_subject(error),
           ctr_error_message(error), ctr_error_errno(error), ctr_error_call(error), ctr_error_index(error));
    fflush(stdout);
}

int is_clear(const ctr_error* error)
{
    return error != NULL && ctr_error_code(error) != CTR_ERR_NONE && ctr_error_step(error)[0] != 0 &&
           ctr_error_message(error)[0] != 0;
}

ctr_container* spawn(const ctr_config* config)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    if (ctr_spawn(config, &container, &error) == 0)
        return container;
    print_error("ctr_spawn", error);
    ctr_error_free(error);
    return NULL;
}

int run(const ctr_config* config)
{
    ctr_container* container = spawn(config);
    if (container == NULL)
        return -1;
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = NULL;
    int status = ctr_wait(container, 10000, &result, &error);
    if (status != 0)
        print_error("ctr_wait", error);
    else if (result.kind == CTR_RESULT_EXITED)
        status = result.code;
    else
        status = result.kind == CTR_RESULT_SIGNALED ? 128 + result.code : -1000 - (int)result.kind;
    ctr_error_free(error);
    ctr_container_free(container);
    return status;
}

void printed_by(const ctr_config* config, const ctr_spawn_options* options, char* text, size_t longest)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_result result = CTR_RESULT_INIT;
    size_t size = 0;
    ssize_t got = 0;
    strcpy(text, "");
    if (!expect(ctr_spawn_with(config, options, &container, &error) == 0, "ctr_spawn_with")) {
        print_error("ctr_spawn_with", error);
        ctr_error_free(error);
        return;
    }
    int fd = ctr_container_stdio(container, 1);
    while (size < longest - 1 && (got = read(fd, text + size, longest - 1 - size)) > 0)
        size += (size_t)got;
    text[size] = 0;
    expect(ctr_wait(container, 20000, &result, NULL) == 0 && result.kind == CTR_RESULT_EXITED && result.code == 0,
           "kind %u, code %d", result.kind, result.code);
    ctr_container_free(container);
}
