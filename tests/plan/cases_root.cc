// SPDX-License-Identifier: MIT
// Roots, and the layers that give a read-only one its mount points.
#include "cases.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ctr::test {

namespace {

using config::Config;

void read_only_small_root(Config& config)
{
    small_root(config);
    (void)config::set_choice(config, Call::set_root_mode, config.root_mode, CTR_ROOT_READ_ONLY, CTR_ROOT_READ_ONLY);
}

// The host's root, with what is mounted by default replaced by little.
void small_host_root(Config& config)
{
    (void)config::set_choice(config, Call::set_proc, config.proc, CTR_PROC_ABSENT, CTR_PROC_ABSENT);
    for (char const* target : {"/dev", "/sys", "/tmp", "/run", "/var/tmp", "/home", "/root"})
        tmpfs(config, target);
}

void own_root(Config& config) { (void)config::set_rootfs(config, "/srv/root"); }

void own_read_only_root(Config& config)
{
    own_root(config);
    (void)config::set_choice(config, Call::set_root_mode, config.root_mode, CTR_ROOT_READ_ONLY, CTR_ROOT_READ_ONLY);
}

void default_machine(Machine& machine)
{
    machine.system_paths();
    machine.target("/root").left_out = true; // this one has no /root
}

void machine_with_system_paths(Machine& machine) { machine.system_paths(); }

void two_missing(Config& config)
{
    read_only_small_root(config);
    tmpfs(config, "/data/cache/x");
    bind(config, "/home/me/src", "/data/src", 0);
}

void overlay_machine(Machine& machine)
{
    machine.layered("/data/cache/x", "/data");
    machine.layered("/data/src", "/data");
    machine.facts.root.layers = {
        {"/data",
         true,
         0755,
         {},
         {{"cache", S_IFDIR, 0755, ""}, {"cache/x", S_IFDIR, 0755, ""}, {"src", S_IFDIR, 0755, ""}}}};
}

void one_missing_at_the_top(Config& config)
{
    read_only_small_root(config);
    tmpfs(config, "/work");
}

void overlay_on_root_machine(Machine& machine)
{
    machine.layered("/work", "/");
    machine.facts.root.rebuilt = true;
    machine.facts.root.layers = {{"/", true, 0755, {}, {{"work", S_IFDIR, 0755, ""}}}};
}

void missing_on_host_root(Config& config)
{
    small_host_root(config);
    tmpfs(config, "/work");
}

void rebuilt_root_machine(Machine& machine)
{
    machine.layered("/work", "/");
    machine.facts.root.rebuilt = true;
    machine.facts.root.layers = {{"/",
                                  false,
                                  0755,
                                  {{"bin", S_IFLNK, "usr/bin"},
                                   {"dev", S_IFDIR, ""},
                                   {"etc", S_IFDIR, ""},
                                   {"swapfile", S_IFREG, ""},
                                   {"usr", S_IFDIR, ""}},
                                  {{"work", S_IFDIR, 0755, ""}}}};
}

void rebuilt_below_machine(Machine& machine)
{
    machine.layered("/data/cache/x", "/data");
    machine.layered("/data/src", "/data");
    machine.facts.root.layers = {
        {"/data",
         false,
         0750,
         {{"disk", S_IFDIR, ""}, {"file", S_IFREG, ""}},
         {{"cache", S_IFDIR, 0755, ""}, {"cache/x", S_IFDIR, 0755, ""}, {"src", S_IFDIR, 0755, ""}}}};
}

} // namespace

void small_root(Config& config)
{
    (void)config::set_rootfs(config, "/srv/root");
    (void)config::set_choice(config, Call::set_proc, config.proc, CTR_PROC_ABSENT, CTR_PROC_ABSENT);
    for (char const* target : {"/dev", "/sys", "/tmp"})
        tmpfs(config, target);
}

int fixed_descriptor()
{
    constexpr int number = 100;
    static Fd const file(::open("/dev/null", O_RDWR | O_CLOEXEC)); // kept: the number stays taken
    static int const placed = ::dup3(file.get(), number, O_CLOEXEC);
    return placed;
}

std::vector<Case> root_cases()
{
    return {
        {"host_root_default", [](Config&) {}, default_machine},
        {"rootfs_writable", own_root, machine_with_system_paths},
        {"rootfs_read_only", own_read_only_root, nothing_special},
        {"layer_overlay", two_missing, overlay_machine},
        {"layer_overlay_on_root", one_missing_at_the_top, overlay_on_root_machine},
        {"layer_rebuilt_root", missing_on_host_root, rebuilt_root_machine},
        {"layer_rebuilt_below", two_missing, rebuilt_below_machine},
    };
}

} // namespace ctr::test
