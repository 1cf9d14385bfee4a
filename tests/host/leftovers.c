/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int count_fds(void)
{
    int found = 0;
    DIR* directory = opendir("/proc/self/fd");
    if (directory == NULL)
        give_up("cannot list the descriptors");
    while (readdir(directory) != NULL)
        found++;
    closedir(directory);
    return found;
}

/* -------------------------------------------------------------------------------------------- processes */

void adopt_orphans(void)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        give_up("cannot become a subreaper");
}

int no_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 && errno == ECHILD;
}

static int collect(void)
{
    pid_t pid = 0;
    while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
        ;
    return pid < 0 && errno == ECHILD;
}

static void name_process(long pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    char* stat = read_text(path);
    printf("  left: process %.60s\n", stat);
    free(stat);
}

static void end_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", syscall(SYS_gettid));
    char* list = read_text(path);
    char* rest = NULL;
    for (char* word = strtok_r(list, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest)) {
        name_process(atol(word));
        kill((pid_t)atol(word), SIGKILL);
    }
    free(list);
    fflush(stdout);
}

int all_gone(int milliseconds)
{
    uint64_t until = now_ns() + (uint64_t)milliseconds * 1000000U;
    while (!collect()) {
        if (now_ns() > until) {
            for (int round = 0; round < 100 && !collect(); round++) {
                end_children();
                sleep_ms(10);
            }
            return 0;
        }
        sleep_ms(1);
    }
    return 1;
}

/* ------------------------------------------------------------------------------------------------ files */

char* read_text(const char* path)
{
    size_t size = 0;
    char* text = NULL;
    FILE* out = open_memstream(&text, &size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char buffer[4096];
    ssize_t got = 0;
    while (fd >= 0 && (got = read(fd, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)got, out);
    if (fd >= 0)
        close(fd);
    fclose(out);
    return text;
}

static int remove_entry(const char* path, const struct stat* status, int type, struct FTW* place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

/* Directories of mode 0 are opened first. */
static int open_entry(const char* path, const struct stat* status, int type, struct FTW* place)
{
    (void)place;
    if (type == FTW_D || type == FTW_DNR)
        (void)chmod(path, (status->st_mode & 07777) | 0700); /* its failure shows when it is removed */
    return 0;
}

void remove_tree(const char* path)
{
    nftw(path, open_entry, 16, FTW_PHYS | FTW_MOUNT);
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        printf("  left: %s cannot be removed: %s\n", path, strerror(errno));
}

struct list {
    char** lines;
    size_t count;
};
static struct list listing; /* nftw gives its visitor nothing to keep a list in */
static size_t skip_prefix;

static uint64_t digest(const char* path)
{
    unsigned char buffer[4096];
    uint64_t sum = 14695981039346656037U;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return (uint64_t)errno;
    ssize_t got = 0;
    while ((got = read(fd, buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < got; i++)
            sum = (sum ^ buffer[i]) * 1099511628211U;
    close(fd);
    return sum;
}

static int list_entry(const char* path, const struct stat* status, int type, struct FTW* place)
{
    char target[4096] = "";
    char* line = NULL;
    (void)type;
    (void)place;
    if (S_ISLNK(status->st_mode) && readlink(path, target, sizeof target - 1) < 0)
        return -1;
    uint64_t sum = S_ISREG(status->st_mode) ? digest(path) : 0;
    if (asprintf(&line, "%s\t%o %u:%u %jx %s", path + skip_prefix, status->st_mode, status->st_uid, status->st_gid,
                 (uintmax_t)sum, target) < 0)
        return -1;
    listing.lines = realloc(listing.lines, (listing.count + 1) * sizeof *listing.lines);
    listing.lines[listing.count++] = line;
    return 0;
}

static int by_text(const void* left, const void* right) { return strcmp(*(char* const*)left, *(char* const*)right); }

char* list_tree(const char* path)
{
    listing = (struct list){NULL, 0};
    skip_prefix = strlen(path);
    if (nftw(path, list_entry, 16, FTW_PHYS) != 0)
        give_up("cannot list %s", path);
    qsort(listing.lines, listing.count, sizeof *listing.lines, by_text);
    size_t size = 0;
    char* text = NULL;
    FILE* out = open_memstream(&text, &size);
    for (size_t i = 0; i < listing.count; i++) {
        fprintf(out, "%s\n", listing.lines[i]);
        free(listing.lines[i]);
    }
    free(listing.lines);
    fclose(out);
    return text;
}

static int has_line(const char* text, const char* line, size_t length)
{
    while (*text != 0) {
        size_t here = strcspn(text, "\n");
        if (here == length && memcmp(text, line, length) == 0)
            return 1;
        text += here + (text[here] == '\n');
    }
    return 0;
}

static int is_among(const char* const* allowed, const char* path)
{
    for (; allowed != NULL && *allowed != NULL; allowed++)
        if (strcmp(*allowed, path) == 0)
            return 1;
    return 0;
}

/* Lines of `after` that `before` lacks, the deepest first, since parents sort before what is in them. */
static int check_added(const char* directory, const char* before, char* after, const char* const* allowed)
{
    int fine = 1;
    char* line = after + strlen(after);
    while (line > after) {
        char* end = line - 1;
        for (line = end; line > after && line[-1] != '\n';)
            line--;
        if (has_line(before, line, (size_t)(end - line)))
            continue;
        char* name = strndup(line, strcspn(line, "\t"));
        char* path = path_in(directory, name[0] == '/' ? name + 1 : name);
        fine &= expect(is_among(allowed, name), "%s was left or changed: %.*s", path, (int)(end - line), line);
        if (name[0] != 0 && remove(path) != 0)
            fine = expect(0, "%s cannot be removed: %s", path, strerror(errno));
        free(path);
        free(name);
    }
    return fine;
}

int only_created(const char* directory, const char* before, const char* const* allowed)
{
    char* after = list_tree(directory);
    int fine = strcmp(before, after) == 0 || check_added(directory, before, after, allowed);
    for (const char* line = before; *line != 0;) {
        size_t length = strcspn(line, "\n");
        fine &= expect(has_line(after, line, length), "gone or changed below %s: %.*s", directory, (int)length, line);
        line += length + (line[length] == '\n');
    }
    free(after);
    return fine;
}
