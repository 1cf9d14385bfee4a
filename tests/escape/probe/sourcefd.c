/* SPDX-License-Identifier: MIT */
/* sourcefd ROOT SOURCE INSTEAD: opens SOURCE, puts a link to INSTEAD in its place unless that is the same, binds the
 * descriptor to /data and prints /data/mark and /data/secret from inside, or "refused". Everything is put back. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ctr/ctr.h>

static int show(const char* root, int source)
{
    const char* const command[] = {"sh", "-c", "cat /data/mark /data/secret 2>/dev/null; true", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_config* config = ctr_config_new();
    ctr_config_set_rootfs(config, root);
    ctr_config_set_command(config, command);
    ctr_config_add_mount_fd(config, source, "/data", 0);
    int failed = ctr_spawn(config, &container, &error) || ctr_wait(container, 10000, &result, &error);
    if (failed) {
        fprintf(stderr, "%s\n", ctr_error_message(error));
        puts("refused");
    }
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
    return failed;
}

int main(int argc, char** argv)
{
    if (argc != 4)
        return 2;
    char aside[4096];
    int const swaps = strcmp(argv[2], argv[3]) != 0;
    int const source = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(aside, sizeof aside, "%s-aside", argv[2]);
    if (source < 0 || (swaps && (rename(argv[2], aside) || symlink(argv[3], argv[2])))) {
        perror(argv[2]);
        return 1;
    }
    show(argv[1], source);
    if (swaps && (unlink(argv[2]) || rename(aside, argv[2])))
        perror("putting back");
    return 0;
}
