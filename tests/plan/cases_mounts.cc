// SPDX-License-Identifier: MIT
#include "cases.h"

#include <sys/mount.h>
#include <sys/stat.h>

namespace ctr::test {

namespace {

using config::Config;

void bind_with_flags(Config& config)
{
    small_root(config);
    bind(config, "/home/me/src", "/data", MS_RDONLY | MS_NOEXEC | MS_NOATIME | MS_REC);
    bind(config, "relative", "/plain", 0);
}

void bind_by_descriptor(Config& config)
{
    small_root(config);
    (void)config::add_mount_fd(config, fixed_descriptor(), "/data", MS_RDONLY);
}

void named_descriptor(Machine& machine) { machine.source("/data").path = "/home/me/opened"; }

void nofollow(Config& config)
{
    small_root(config);
    bind(config, "/home/me/src", "/data", CTR_MOUNT_NOFOLLOW);
}

void optional(Config& config)
{
    small_root(config);
    bind(config, "/nowhere", "/data", CTR_MOUNT_OPTIONAL);
}

void source_is_missing(Machine& machine)
{
    machine.source("/data").missing = true;
    machine.target("/data").left_out = true;
}

void missing_targets(Config& config)
{
    small_root(config);
    bind(config, "/home/me/src", "/deep/er/src", 0);
    bind(config, "/etc/hostname", "/deep/name", 0);
    bind(config, "/home/me/tree", "/tree", 0);
    (void)config::add_mount(config, nullptr, "/tree/sub/x", "tmpfs", CTR_MOUNT_CREATE, nullptr);
}

void targets_are_missing(Machine& machine)
{
    machine.missing("/deep/er/src", "/", host::Ground::root);
    machine.missing("/deep/name", "/deep", host::Ground::root);
    machine.source("/deep/name").type = S_IFREG;
    machine.missing("/tree/sub/x", "/tree", host::Ground::bind);
}

void made_things(Config& config)
{
    small_root(config);
    (void)config::add_file(config, "/etc/motd", "hello\n", 6, 0444);
    (void)config::add_file(config, "/etc/empty", nullptr, 0, 0600);
    (void)config::add_symlink(config, "usr/bin", "/bin");
    (void)config::add_dir(config, "/var/spool/x", 0700);
    (void)config::add_device(config, "/dev/fuse", "/opt/fuse");
}

void nothing_is_there(Machine& machine)
{
    machine.missing("/bin", "/", host::Ground::root);
    machine.missing("/var/spool/x", "/", host::Ground::root);
    machine.missing("/etc/motd", "/etc", host::Ground::root);
    machine.target("/etc/empty").directory = false;
    machine.missing("/opt/fuse", "/opt", host::Ground::root);
    host::SourceFacts& fuse = machine.source("/opt/fuse");
    fuse.type = S_IFCHR;
    fuse.device_major = 10;
    fuse.device_minor = 229;
}

void every_file_system(Config& config)
{
    small_root(config);
    (void)config::add_mount(config, nullptr, "/m/tmpfs", "tmpfs", MS_NOEXEC, "size=1m,mode=755,noswap");
    for (char const* type : {"proc", "sysfs", "mqueue", "devpts", "cgroup2"})
        (void)config::add_mount(config, nullptr, (std::string("/m/") + type).c_str(), type, MS_RDONLY, nullptr);
}

void host_root_bound(Config& config)
{
    small_root(config);
    bind(config, "/", "/host", MS_REC | MS_RDONLY);
}

void source_is_root(Machine& machine) { machine.source("/host").host_root = true; }

void behind_a_kernels_file_system(Config& config)
{
    small_root(config);
    (void)config::set_choice(config, Call::set_proc, config.proc, CTR_PROC_FRESH, CTR_PROC_ABSENT);
    tmpfs(config, "/proc/sys/kernel");
}

void target_is_uncertain(Machine& machine) { machine.target("/proc/sys/kernel").certain = false; }

} // namespace

std::vector<Case> mount_cases()
{
    return {
        {"bind_readonly", bind_with_flags, nothing_special},
        {"bind_descriptor", bind_by_descriptor, named_descriptor},
        {"bind_nofollow", nofollow, nothing_special},
        {"bind_optional_missing", optional, source_is_missing},
        {"bind_created_mount_points", missing_targets, targets_are_missing},
        {"bind_host_root", host_root_bound, source_is_root},
        {"file_symlink_dir_device", made_things, nothing_is_there},
        {"file_systems", every_file_system, nothing_special},
        {"target_uncertain", behind_a_kernels_file_system, target_is_uncertain},
    };
}

} // namespace ctr::test
