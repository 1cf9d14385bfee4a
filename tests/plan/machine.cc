// SPDX-License-Identifier: MIT
#include "machine.h"

#include "base/text.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <sys/stat.h>

namespace ctr::test {

namespace {

host::CallerFacts ordinary_caller()
{
    host::CallerFacts caller;
    caller.uid = 1000;
    caller.gid = 1000;
    caller.name = "me";
    caller.home = "/home/me";
    caller.subuids = {{0, 100000, 65536}};
    caller.subgids = {{0, 200000, 65536}};
    caller.newuidmap = "/usr/bin/newuidmap";
    caller.newgidmap = "/usr/bin/newgidmap";
    return caller;
}

bool has_source(spec::Mount const& mount)
{
    return mount.type == spec::MountType::bind || mount.type == spec::MountType::device;
}

} // namespace

Machine::Machine(spec::Spec const& spec) : spec_(spec)
{
    facts.caller = ordinary_caller();
    facts.user = {0, 0, {}, "/root"};
    facts.cwd = {"/home/me/src", (uint64_t{8} << 32) | 1, 4711};
    facts.root.path = spec.mounts.rootfs ? *spec.mounts.rootfs : "/";
    std::vector<spec::Mount> const& list = spec.mounts.list;
    for (spec::Mount const& mount : list) {
        host::SourceFacts source;
        source.type = has_source(mount) ? uint32_t{S_IFDIR} : 0;
        facts.root.sources.push_back(source);
        host::TargetFacts target;
        target.path = mount.target;
        target.exists = true;
        target.directory = true;
        facts.root.targets.push_back(target);
    }
    facts.root.order.resize(list.size());
    std::iota(facts.root.order.begin(), facts.root.order.end(), size_t{0});
    std::stable_sort(facts.root.order.begin(), facts.root.order.end(),
                     [&](size_t a, size_t b) { return list[a].target < list[b].target; });
}

size_t Machine::index_of(std::string const& target) const
{
    for (size_t i = 0; i < spec_.mounts.list.size(); i++)
        if (spec_.mounts.list[i].target == target)
            return i;
    throw std::out_of_range(concat("the spec has no mount on ", target));
}

host::TargetFacts& Machine::target(std::string const& path) { return facts.root.targets[index_of(path)]; }

host::SourceFacts& Machine::source(std::string const& target) { return facts.root.sources[index_of(target)]; }

void Machine::privileged()
{
    host::CallerFacts caller;
    caller.name = "root";
    caller.privileged = true;
    caller.admin = true;
    caller.uid_map = {{0, 0, 4294967295U}};
    caller.gid_map = {{0, 0, 4294967295U}};
    facts.caller = caller;
}

void Machine::missing(std::string const& path, std::string const& parent, host::Ground ground)
{
    host::TargetFacts& facts_of = target(path);
    facts_of.exists = false;
    facts_of.directory = false;
    facts_of.ground = ground;
    facts_of.parent = parent;
    std::string at = parent == "/" ? "" : parent;
    for (std::string_view const part : split(std::string_view(path).substr(at.size() + 1), '/')) {
        facts_of.missing.emplace_back(part);
        at = concat(at, "/", part);
        if (ground == host::Ground::root || ground == host::Ground::bind)
            facts.root.created.push_back(at);
    }
}

void Machine::layered(std::string const& path, std::string const& parent)
{
    missing(path, parent, host::Ground::root);
    facts.root.created.clear();
    target(path).layered = true;
}

void Machine::system_paths()
{
    facts.root.system_paths = {{"/proc/acpi", true, true},
                               {"/proc/kcore", false, true},
                               {"/proc/sys", true, false},
                               {"/proc/sysrq-trigger", false, false},
                               {"/sys/firmware", true, true}};
}

} // namespace ctr::test
