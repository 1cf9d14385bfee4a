// SPDX-License-Identifier: MIT
#include "plans.h"

#include "compile/compile.h"

#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fault {

namespace {

std::string taken(char* text)
{
    std::string out = text;
    std::free(text);
    return out;
}

// Everything a config can ask for that needs no privilege; the mount points of the first half exist.
void add_wishes(World const& world, ctr_config* config)
{
    std::string const sources = world.path("sources");
    auto const source = [&](char const* name) { return sources + "/" + name; };
    ctr_add_mount(config, source("tree").c_str(), "/data", "bind", 0, nullptr);
    ctr_add_mount(config, source("tree").c_str(), "/data/sub", "bind", MS_RDONLY | MS_REC, nullptr);
    ctr_add_mount(config, source("file").c_str(), "/new/deep/file", "bind", MS_RDONLY, nullptr);
    ctr_add_mount(config, source("missing").c_str(), "/optional", "bind", CTR_MOUNT_OPTIONAL, nullptr);
    ctr_add_mount(config, source("tree").c_str(), "/strict", "bind", CTR_MOUNT_NOFOLLOW | MS_NOEXEC, nullptr);
    ctr_add_mount(config, nullptr, "/new/scratch", "tmpfs", MS_NOSUID, "size=1m,mode=750");
    ctr_add_mount(config, nullptr, "/new/pts", "devpts", 0, "newinstance");
    ctr_add_mount(config, nullptr, "/new/queue", "mqueue", 0, nullptr);
    ctr_add_mount(config, nullptr, "/new/cgroup", "cgroup2", MS_RDONLY, nullptr);
    ctr_config_add_file(config, "/new/text", "content\n", 8, 0640);
    ctr_config_add_symlink(config, "somewhere", "/new/link");
    ctr_config_add_dir(config, "/new/directory/deep", 0711);
    ctr_config_add_device(config, "/dev/full", "/new/full");
}

void add_process(World const& world, ctr_config* config)
{
    ctr_config_set_hostname(config, "faulty");
    ctr_config_add_time_offset(config, CLOCK_BOOTTIME, 1000, 0);
    ctr_config_add_rlimit(config, RLIMIT_NOFILE, 100, 200);
    ctr_config_add_rlimit(config, RLIMIT_CORE, 0, 0);
    ctr_config_set_oom_score_adj(config, 1000);
    ctr_config_set_nice(config, 19);
    ctr_config_set_cpu_affinity(config, "0");
    ctr_config_add_fd(config, world.passed(), 3);
    ctr_config_set_listen_fds(config, 1);
    ctr_config_add_fd(config, world.passed(), 5);
    ctr_config_add_fd(config, world.passed(), 9);
    ctr_config_set_stdio(config, 0, CTR_STDIO_NULL, -1);
    ctr_config_set_stdio(config, 1, CTR_STDIO_FD, world.passed());
    ctr_config_set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    ctr_config_set_umask(config, 027);
    ctr_config_set_cwd(config, "/");
}

void shape_rootfs(World const& world, ctr_config* config)
{
    ctr_config_set_rootfs(config, world.root().c_str());
    add_wishes(world, config);
    add_process(world, config);
}

void shape_layers(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_root_mode(config, CTR_ROOT_READ_ONLY);
}

void shape_outside(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
}

void shape_shared_pids(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_namespace(config, CTR_NAMESPACE_PID, CTR_NAMESPACE_SHARED);
}

void shape_single(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
}

void shape_ranges(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_map(config, CTR_MAP_SUBID);
}

void shape_unmapped(World const& world, ctr_config* config)
{
    shape_rootfs(world, config);
    ctr_config_set_map(config, CTR_MAP_NONE);
}

// Nothing asked for but a command and a bind: the plan is what the library puts in itself.
void shape_host_root(World const& world, ctr_config* config)
{
    ctr_add_mount(config, world.path("sources/tree").c_str(), "/tmp/tree", "bind", 0, nullptr);
    ctr_config_add_file(config, "/opt/ctr-test/deep/text", "content\n", 8, 0640);
    add_process(world, config);
}

void shape_host_root_outside(World const& world, ctr_config* config)
{
    shape_host_root(world, config);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    ctr_config_set_namespace(config, CTR_NAMESPACE_NET, CTR_NAMESPACE_SHARED);
}

} // namespace

std::vector<Variant> const& variants()
{
    static std::vector<Variant> const all = {
        {"a_root", shape_rootfs},
        {"a_read_only_root", shape_layers},
        {"the_host_root", shape_host_root},
        {"init_outside", shape_outside},
        {"the_host_root_and_init_outside", shape_host_root_outside},
        {"a_shared_pid_namespace", shape_shared_pids},
        {"a_single_id", shape_single},
        {"ranges_of_ids", shape_ranges, false, true},
        {"no_user_namespace", shape_unmapped, true},
    };
    return all;
}

std::string obstacle(Variant const& variant)
{
    if (variant.needs_admin && is_admin() == 0)
        return "only a privileged caller can do without a user namespace";
    if (variant.needs_ranges && has_ranges() == 0)
        return "the caller has no ranges of ids, or newuidmap is missing";
    return "";
}

ctr_config* config_of(World const& world, Variant const& variant)
{
    ctr_config* config = ctr_config_new();
    char const* const root_command[] = {"/payload", "block", nullptr};
    char const* const host_command[] = {"sleep", "1000", nullptr};
    variant.shape(world, config);
    ctr_config_set_command(config, config->value.rootfs ? root_command : host_command);
    return config;
}

std::optional<ctr::plan::Plan> plan_of(ctr_config const* config)
{
    ctr::Result<ctr::container::PreparedPtr> const prepared = ctr::container::prepare(config->value, {});
    if (prepared)
        return prepared.value()->plan;
    ctr_error const error{prepared.error()};
    print_error("prepare", &error);
    return std::nullopt;
}

ctr_config* box_config(World const& world)
{
    ctr_config* config = ctr_config_new();
    char const* const command[] = {"/payload", "block", nullptr};
    ctr_config_set_rootfs(config, world.root().c_str());
    ctr_config_set_command(config, command);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    return config;
}

ctr_config* further_config(World const& world, int stop)
{
    ctr_config* config = ctr_config_new();
    char const* const command[] = {"/payload", "block", nullptr};
    ctr_config_set_command(config, command);
    if (stop >= 0) {
        ctr_config_set_stdio(config, 0, CTR_STDIO_FD, stop);
        ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
        ctr_config_set_stdio(config, 2, CTR_STDIO_CAPTURE, -1);
    } else {
        ctr_config_set_terminal(config, 24, 80);
    }
    ctr_config_add_fd(config, world.passed(), 3);
    ctr_config_set_listen_fds(config, 1);
    ctr_config_add_fd(config, world.passed(), 9);
    ctr_config_add_rlimit(config, RLIMIT_CORE, 0, 0);
    ctr_config_set_umask(config, 027);
    ctr_config_set_cwd(config, "/");
    return config;
}

std::optional<ctr::plan::Plan> further_plan(ctr_config const* config)
{
    ctr::Result<ctr::spec::Spec> const spec = ctr::spec::validate(config->value, {});
    if (spec)
        return std::move(ctr::compile::compile_join(spec.value(), {}, false).value()); // its filter is built in
    ctr_error const error{spec.error()};
    print_error("validate", &error);
    return std::nullopt;
}

// ------------------------------------------------------------------------------------------------- the world

World::World(char const* payload)
    : directory_(taken(make_directory())), root_(taken(make_root(directory_.c_str(), payload)))
{
    fill();
    files_before_ = taken(list_tree(directory_.c_str()));
    mounts_before_ = taken(read_text("/proc/self/mountinfo"));
}

World::~World()
{
    (void)::close(passed_); // nothing can be done about a failing close
    remove_tree(directory_.c_str());
}

void World::fill()
{
    for (char const* name :
         {"root/etc", "root/strict", "root/data", "sources", "sources/tree", "sources/tree/sub", "sources/stop"})
        if (::mkdir(path(name).c_str(), 0755) != 0)
            give_up("cannot make %s", name);
    write_text(path("root/etc/passwd").c_str(), "root:x:0:0:root:/root:/bin/sh\n");
    write_text(path("root/etc/group").c_str(), "root:x:0:\n");
    write_text(path("sources/file").c_str(), "a file\n");
    write_text(path("sources/tree/sub/file").c_str(), "another file\n");
    std::string const stop = path("sources/stop");
    if (::chmod(stop.c_str(), 0777) != 0 || ::mkfifo(path("sources/stop/pipe").c_str(), 0666) != 0)
        give_up("cannot make a named pipe");
    passed_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (passed_ < 0)
        give_up("cannot open /dev/null");
}

bool World::unchanged(ctr::plan::Plan const& plan) const
{
    std::vector<std::string> inside;
    for (std::string const& created : plan.reported->created)
        inside.push_back("/root" + created);
    std::vector<char const*> allowed;
    for (std::string const& name : inside)
        allowed.push_back(name.c_str());
    allowed.push_back(nullptr);
    bool fine = only_created(directory_.c_str(), files_before_.c_str(), allowed.data()) != 0;
    std::string const mounts = taken(read_text("/proc/self/mountinfo"));
    fine &= expect(mounts == mounts_before_, "the mounts of the host have changed") != 0;
    return fine;
}

} // namespace fault
