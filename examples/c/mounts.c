/* SPDX-License-Identifier: MIT */
/*
 * What a container sees: a directory of the host, read-only; a scratch space of its own; a file made up here.
 *
 * None of the mount points exists on the host, and none is created there: a private layer provides them.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctr/ctr.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char script[] = "cat /exchange/note\n"
                             "touch /exchange/other 2>/dev/null || echo 'the exchange is read-only'\n"
                             "echo thoughts >/scratch/pad && cat /scratch/pad\n"
                             "cat /etc/greeting\n";

/* A directory with a file in it, as a program may have one to share. */
static int make_exchange(char *directory, char *note, size_t size)
{
    FILE *file;

    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(note, size, "%s/note", directory);
    file = fopen(note, "w");
    if (file == NULL)
        return -1;
    fputs("a note of the host\n", file);
    return fclose(file);
}

int main(void)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    const char greeting[] = "made up for this container\n";
    char directory[] = "/tmp/exchange.XXXXXX";
    char note[64];
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();
    struct stat there;
    int status = 125;

    if (make_exchange(directory, note, sizeof note) != 0)
        return 125;
    ctr_config_set_command(config, argv);
    /* The arguments are those of mount(2): source, target, type, flags, options. */
    ctr_add_mount(config, directory, "/exchange", "bind", MS_RDONLY, NULL);
    ctr_add_mount(config, NULL, "/scratch", "tmpfs", 0, "size=1m");
    ctr_config_add_file(config, "/etc/greeting", greeting, strlen(greeting), 0444);

    if (ctr_spawn(config, &container, &error) == 0 && ctr_wait(container, -1, &result, &error) == 0) {
        status = result.code;
        printf("on the host /scratch %s\n", stat("/scratch", &there) == 0 ? "exists" : "does not exist");
    } else {
        fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    }

    ctr_container_free(container);
    ctr_config_free(config);
    ctr_error_free(error);
    unlink(note);
    rmdir(directory);
    return status;
}
