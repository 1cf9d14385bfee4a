/* SPDX-License-Identifier: MIT */
/* Orphans argv[1] children, which end at once; then prints how many zombies /proc shows after a while. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_orphan(void)
{
    pid_t middle = fork();
    if (middle == 0) {
        if (fork() == 0)
            usleep(1000);
        _exit(0);
    }
    waitpid(middle, NULL, 0);
}

static int is_zombie(const char* pid)
{
    char path[300];
    char state = '?';
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE* file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    fclose(file);
    return state == 'Z';
}

static int count_zombies(void)
{
    int found = 0;
    DIR* directory = opendir("/proc");
    for (struct dirent* entry; directory && (entry = readdir(directory));)
        if (entry->d_name[0] > '0' && entry->d_name[0] <= '9')
            found += is_zombie(entry->d_name);
    if (directory)
        closedir(directory);
    return found;
}

int main(int argc, char** argv)
{
    for (int left = argc > 1 ? atoi(argv[1]) : 1; left > 0; left--)
        make_orphan();
    int zombies = -1;
    for (int attempt = 0; attempt < 20 && zombies != 0; attempt++) {
        usleep(50000);
        zombies = count_zombies();
    }
    printf("%d\n", zombies);
    return 0;
}
