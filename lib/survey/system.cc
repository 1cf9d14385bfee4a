// SPDX-License-Identifier: MIT
// The sensitive paths of /proc and /sys, as far as this kernel has them.
#include "survey/survey.h"

#include <sys/stat.h>

namespace ctr::survey {

namespace {

// What tells about the hardware and the host's other tenants, or lets a container change the host. The set that
// the well-known engines agree on.
constexpr char const* masked_paths[] = {
    "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
    "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
    "/proc/timer_list", "/proc/timer_stats",   "/sys/firmware",     "/sys/devices/virtual/powercap",
};
constexpr char const* read_only_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

void add_if_there(std::vector<host::SystemPath>& paths, char const* path, bool masked)
{
    struct stat status = {};
    if (::stat(path, &status) == 0)
        paths.push_back({path, S_ISDIR(status.st_mode), masked});
}

} // namespace

std::vector<host::SystemPath> survey_system_paths()
{
    std::vector<host::SystemPath> paths;
    for (char const* path : masked_paths)
        add_if_there(paths, path, true);
    for (char const* path : read_only_paths)
        add_if_there(paths, path, false);
    return paths;
}

} // namespace ctr::survey
