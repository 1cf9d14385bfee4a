/* SPDX-License-Identifier: MIT */
/* What the containers of the tests run; static, so that the root needs nothing else.
 *   exit N          signal N (ends itself by it)      block (until it is killed)
 *   block MARK      makes the file MARK, then blocks
 *   sleep MS        env       pid        ignore-term
 *   orphans COUNT   leaves so many orphans behind that end; exits 0 when no zombie is left
 *   family          a descendant in its own session ignores SIGTERM and holds the output; blocks
 *   lone-family     the same, and does not die with its parent
 *   deaf-family     the same, and ignores SIGTERM itself
 *   leave-family    the same as family, and exits 0
 *   fds             names every open descriptor
 *   session         exits 0 as the leader of its own session
 *   echo            copies its input to its output until it ends
 *   both            writes "out" to its output and "err" to its error output, by turns, three times
 *   close-and-block closes its standard descriptors, and blocks
 *   hold MS         a descendant keeps the standard descriptors for so long; exits 0
 *   read FD         copies what the descriptor holds to its output
 *   terminal        the size of the terminal on its standard input; `terminal follow` goes on whenever it changes
 *   where           names its working directory
 *   listen COUNT    writes "announced" where it finds so many descriptors as sd_listen_fds(3) does
 *   count LINES     writes the numbers from 1 on, one in each line
 *   knock PATH      connects to a socket; writes "refused" where nothing comes from it, else "heard"
 *   name            writes its argv[0]
 *   status NAME     writes its line NAME of /proc/self/status
 *   files           writes its soft limit of open files
 *   owner           writes whose its standard input is */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static int block(void)
{
    while (pause() != 0)
        ; /* it always answers -1 */
    return 94;
}

static int end_by(int number)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    raise(number);
    return 99; /* pid 1 cannot be ended by its own signals */
}

static int make_mark(const char* path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return 98;
    close(fd);
    return block();
}

static int print_environment(void)
{
    for (char** variable = environ; *variable != NULL; variable++)
        puts(*variable);
    return 0;
}

static int count_zombies(void)
{
    int found = 0;
    DIR* directory = opendir("/proc");
    const struct dirent* entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char path[300];
        char state = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE* file = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        if (fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z')
            found++;
        fclose(file);
    }
    if (directory != NULL)
        closedir(directory);
    return found;
}

static int leave_orphans(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            if (fork() == 0)
                usleep(1000);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    for (int round = 0; round < 200; round++) {
        if (count_zombies() == 0)
            return 0;
        usleep(10000);
    }
    return 1;
}

static int start_family(int stay)
{
    int ready[2];
    if (pipe(ready) != 0)
        return 98;
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        block();
    }
    char byte = 0;
    if (read(ready[0], &byte, 1) != 1)
        return 97;
    puts("family");
    fflush(stdout);
    return stay ? block() : 0;
}

static int name_descriptors(void)
{
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d ", fd);
    puts("");
    return 0;
}

static int copy(int from)
{
    char buffer[65536];
    ssize_t got = 0;
    while ((got = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0, put = 0; at < got; at += put)
            if ((put = write(STDOUT_FILENO, buffer + at, (size_t)(got - at))) < 0)
                return 93;
    return got == 0 ? 0 : 92;
}

static int write_both(void)
{
    for (int i = 0; i < 3; i++)
        if (write(STDOUT_FILENO, "out\n", 4) != 4 || write(STDERR_FILENO, "err\n", 4) != 4)
            return 91;
    return 0;
}

static int hold(int milliseconds)
{
    if (fork() != 0)
        return 0;
    setsid();
    usleep((useconds_t)milliseconds * 1000);
    return 0;
}

static int flood(int bytes)
{
    char buffer[4096];
    memset(buffer, 'x', sizeof buffer);
    for (int left = bytes; left > 0;) {
        ssize_t put = write(STDOUT_FILENO, buffer, (size_t)left < sizeof buffer ? (size_t)left : sizeof buffer);
        if (put < 0)
            return 89;
        left -= (int)put;
    }
    return 0;
}

static void burn(long milliseconds)
{
    for (clock_t begun = clock(); (clock() - begun) * 1000 / CLOCKS_PER_SEC < milliseconds;)
        continue;
}

static _Noreturn void burn_at_once(int processes)
{
    for (int i = 1; i < processes; i++)
        if (fork() == 0)
            break;
    for (;;)
        burn(1000);
}

static _Noreturn void burn_in_turn(int milliseconds)
{
    for (;;) {
        if (fork() == 0) {
            burn(milliseconds);
            _exit(0);
        }
        wait(NULL);
    }
}

/* Less than a tick of the kernel each. */
static _Noreturn void burn_and_forget(int milliseconds)
{
    for (;;) {
        if (fork() == 0) {
            burn(milliseconds);
            _exit(0);
        }
        usleep((useconds_t)milliseconds * 1000);
    }
}

static int tick(int times)
{
    for (int i = 0; i < times; i++) {
        usleep(150000);
        if (write(STDOUT_FILENO, ".", 1) != 1)
            return 88;
    }
    return 0;
}

static int say(const char* text)
{
    puts(text);
    fflush(stdout);
    return block();
}

static int find_announced(int count)
{
    const char* pid = getenv("LISTEN_PID");
    const char* fds = getenv("LISTEN_FDS");
    if (pid == NULL || fds == NULL || atoi(pid) != (int)getpid() || pid[0] == '0' || atoi(fds) != count)
        return 88;
    for (int fd = 3; fd < 3 + count; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return 87;
    return puts("announced") >= 0 ? 0 : 96;
}

static int print_directory(void)
{
    char path[4096];
    return getcwd(path, sizeof path) != NULL && puts(path) >= 0 ? 0 : 90;
}

static void print_size(int number)
{
    struct winsize size = {0};
    char text[32];
    (void)number;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0)
        _exit(88);
    int const length = snprintf(text, sizeof text, "%d %d\n", size.ws_row, size.ws_col);
    if (write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(87);
}

static int show_terminal(int follow)
{
    signal(SIGWINCH, print_size);
    print_size(0);
    return follow ? block() : 0;
}

static int count_lines(int most)
{
    for (int i = 1; i <= most; i++)
        printf("%d\n", i);
    return fflush(stdout) == 0 ? 0 : 96;
}

static int knock(const char* path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char byte;
    int const fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0)
        return 86;
    return puts(recv(fd, &byte, 1, 0) > 0 ? "heard" : "refused") >= 0 ? 0 : 96;
}

static int print_status(const char* name)
{
    char line[256];
    FILE* file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            return fputs(line, stdout) >= 0 && fclose(file) == 0 ? 0 : 96;
    return 97;
}

static int print_file_limit(void)
{
    struct rlimit limit = {0, 0};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && printf("%ju\n", (uintmax_t)limit.rlim_cur) > 0 ? 0 : 96;
}

static int print_owner(void)
{
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 && printf("%u\n", status.st_uid) > 0 ? 0 : 96;
}

int main(int argc, char** argv)
{
    const char* what = argc > 1 ? argv[1] : "exit";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(what, "exit") == 0)
        return number;
    if (strcmp(what, "signal") == 0)
        return end_by(number);
    if (strcmp(what, "block") == 0)
        return argc > 2 ? make_mark(argv[2]) : block();
    if (strcmp(what, "terminal") == 0)
        return show_terminal(argc > 2);
    if (strcmp(what, "sleep") == 0)
        return usleep((useconds_t)number * 1000) == 0 ? 0 : 96;
    if (strcmp(what, "env") == 0)
        return print_environment();
    if (strcmp(what, "pid") == 0)
        return printf("%d\n", (int)getpid()) > 0 ? 0 : 96;
    if (strcmp(what, "ignore-term") == 0)
        return signal(SIGTERM, SIG_IGN) == SIG_ERR ? 96 : block();
    if (strcmp(what, "orphans") == 0)
        return leave_orphans(number);
    if (strcmp(what, "family") == 0)
        return start_family(1);
    if (strcmp(what, "lone-family") == 0)
        return prctl(PR_SET_PDEATHSIG, 0) != 0 ? 96 : start_family(1);
    if (strcmp(what, "deaf-family") == 0)
        return signal(SIGTERM, SIG_IGN) == SIG_ERR ? 96 : start_family(1);
    if (strcmp(what, "leave-family") == 0)
        return start_family(0);
    if (strcmp(what, "burn") == 0)
        burn_at_once(number);
    if (strcmp(what, "burn-in-turn") == 0)
        burn_in_turn(number);
    if (strcmp(what, "burn-and-forget") == 0)
        burn_and_forget(number);
    if (strcmp(what, "tick") == 0)
        return tick(number);
    if (strcmp(what, "flood") == 0)
        return flood(number);
    if (strcmp(what, "say") == 0 && argc > 2)
        return say(argv[2]);
    if (strcmp(what, "fds") == 0)
        return name_descriptors();
    if (strcmp(what, "session") == 0)
        return getsid(0) == getpid() ? 0 : 1;
    if (strcmp(what, "echo") == 0)
        return copy(STDIN_FILENO);
    if (strcmp(what, "both") == 0)
        return write_both();
    if (strcmp(what, "close-and-block") == 0)
        return close(0) + close(1) + close(2) == 0 ? block() : 89;
    if (strcmp(what, "hold") == 0)
        return hold(number);
    if (strcmp(what, "read") == 0)
        return copy(number);
    if (strcmp(what, "listen") == 0)
        return find_announced(number);
    if (strcmp(what, "where") == 0)
        return print_directory();
    if (strcmp(what, "count") == 0)
        return count_lines(number);
    if (strcmp(what, "knock") == 0 && argc > 2)
        return knock(argv[2]);
    if (strcmp(what, "status") == 0 && argc > 2)
        return print_status(argv[2]);
    if (strcmp(what, "files") == 0)
        return print_file_limit();
    if (strcmp(what, "owner") == 0)
        return print_owner();
    if (strcmp(what, "name") == 0)
        return puts(argv[0]) >= 0 ? 0 : 96;
    return 95;
}
