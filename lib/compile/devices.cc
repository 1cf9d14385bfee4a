// SPDX-License-Identifier: MIT
// The container's /dev: a tmpfs with the nodes every program may expect, bound from the host because a user namespace
// cannot make nodes.
#include "compile/compile.h"

#include "base/text.h"

#include <linux/mount.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

struct Node {
    char const* name;
    uint32_t major;
    uint32_t minor;
};
constexpr Node nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                          {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

struct Link {
    char const* name;
    char const* target;
};
constexpr Link links[] = {{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
                          {"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},      {"ptmx", "pts/ptmx"}};

// The node of the image could be anything: the host's is bound, and it is the device that its name promises.
void add_node(Context& context, plan::Slot dev, Node const& node)
{
    std::string const path = concat("/dev/", node.name);
    context.ops.about({Step::mount, {}, path, concat("cannot bind the device ", quoted(path))});
    plan::Slot const tree = clone_tree(context, plan::at_cwd, path, false);
    context.ops.add(OpCode::check_device).check_device = {tree, node.major, node.minor};
    set_attributes(context, tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false);
    plan::Text const name = context.ops.text(node.name);
    context.ops.add(OpCode::make_file).make_file = {dev, name, 0666};
    attach_at(context, tree, dev, node.name);
    context.ops.release(tree);
}

void add_link(Context& context, plan::Slot dev, Link const& link)
{
    plan::Text const name = context.ops.text(link.name);
    plan::Text const target = context.ops.text(link.target);
    context.ops.add(OpCode::make_link).make_link = {dev, name, target};
}

void add_below(Context& context, plan::Slot dev, char const* name, char const* type,
               std::vector<std::pair<std::string, std::string>> const& options)
{
    std::string const path = concat("/dev/", name);
    context.ops.about({Step::mount, {}, path, concat("cannot mount ", type, " on ", quoted(path))});
    plan::Text const text = context.ops.text(name);
    context.ops.add(OpCode::make_dir).make_dir = {dev, text, 0755};
    bool const exec = std::string_view(type) == "tmpfs";
    plan::Slot const made = make_filesystem(context, type, options,
                                            MOUNT_ATTR_NOSUID | (exec ? 0U : unsigned{MOUNT_ATTR_NOEXEC}) |
                                                (std::string_view(type) == "devpts" ? 0U : unsigned{MOUNT_ATTR_NODEV}));
    attach_at(context, made, dev, name);
    if (std::string_view(type) == "devpts")
        open_master(context, made);
    context.ops.release(made);
}

} // namespace

void add_devices(Context& context, size_t i)
{
    spec::Mount const& mount = context.spec.mounts.list[i];
    context.ops.about({Step::mount, mount.origin, mount.target, "cannot make the container's /dev"});
    plan::Slot const dev =
        make_filesystem(context, "tmpfs", {{"mode", "755"}, {"size", "65536k"}}, attributes_of(mount.flags));
    confirm_mount(context, dev, attributes_of(mount.flags), mount.target);
    plan::Slot const target = open_target(context, i);
    context.ops.add(OpCode::move_mount).move_mount = {dev, target, {0}};
    context.ops.release(target);
    for (Node const& node : nodes)
        add_node(context, dev, node);
    context.ops.about({Step::mount, mount.origin, mount.target, "cannot make the links of /dev"});
    for (Link const& link : links)
        add_link(context, dev, link);
    // Without the tty group mapped devpts would refuse its number; terminals then belong to their openers' group.
    std::vector<std::pair<std::string, std::string>> pts = {
        {"newinstance", ""}, {"ptmxmode", "0666"}, {"mode", "0620"}};
    if (context.maps_group_five)
        pts.emplace_back("gid", "5");
    add_below(context, dev, "pts", "devpts", pts);
    add_below(context, dev, "shm", "tmpfs", {{"mode", "1777"}});
    if (context.spec.namespaces.of(spec::Ns::ipc).mode != spec::NsMode::shared)
        add_below(context, dev, "mqueue", "mqueue", {});
    context.ops.release(dev);
}

} // namespace ctr::compile
