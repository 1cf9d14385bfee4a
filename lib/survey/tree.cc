// SPDX-License-Identifier: MIT
#include "survey/tree.h"

#include "base/text.h"
#include "sys/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace ctr::survey {

namespace {

constexpr int most_links = 40; // as the kernel

using Todo = std::vector<std::string>; // the next one is the last

void push(Todo& todo, std::string_view path)
{
    std::vector<std::string_view> const parts = split(path, '/');
    for (size_t i = parts.size(); i > 0; i--)
        if (!parts[i - 1].empty() && parts[i - 1] != ".")
            todo.emplace_back(parts[i - 1]);
}

std::string pop(Todo& todo)
{
    std::string next = std::move(todo.back());
    todo.pop_back();
    return next;
}

Error target_error(spec::Mount const& mount, int sys, std::string message)
{
    return Error{.code = sys == ENOENT ? Code::not_found : Code::invalid,
                 .step = Step::mount,
                 .sys = sys,
                 .subject = mount.target,
                 .origin = mount.origin,
                 .message = std::move(message)};
}

// The resolution of one target under way.
struct Walk {
    Todo todo;
    std::string at = "/";
    int links = 0;
};

Status follow_link(Walk& walk, spec::Mount const& mount, std::string const& link)
{
    if (mount.flags.strict_target)
        return target_error(mount, ELOOP, concat(quoted(mount.target), " of the root is a symbolic link"));
    if (++walk.links > most_links)
        return target_error(mount, ELOOP, "the mount's target has too many symbolic links");
    push(walk.todo, link);
    if (!link.empty() && link[0] == '/')
        walk.at.assign(1, '/'); // assigning "/" draws a false -Wrestrict from GCC 12
    return Unit{};
}

Result<host::TargetFacts> missing_from(Walk& walk, spec::Mount const& mount, std::string const& name)
{
    host::TargetFacts facts;
    facts.parent = walk.at;
    facts.path = walk.at;
    facts.missing.push_back(name);
    while (!walk.todo.empty()) {
        facts.missing.push_back(pop(walk.todo));
        if (facts.missing.back() == "..")
            return target_error(mount, ENOENT, "the mount's target leads through a directory that does not exist");
    }
    for (std::string const& part : facts.missing)
        facts.path = join(facts.path, part);
    return facts;
}

} // namespace

std::string join(std::string const& directory, std::string_view name)
{
    return directory == "/" ? concat("/", name) : concat(directory, "/", name);
}

std::string parent_of(std::string const& path)
{
    size_t const slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Backing const& Tree::backing_of(std::string const& path) const
{
    std::string at = path;
    while (true) {
        auto const found = mounts_.find(at);
        if (found != mounts_.end())
            return found->second;
        at = parent_of(at); // "/" is always there
    }
}

std::string Tree::relative(std::string const& path) const
{
    std::string at = path;
    while (mounts_.find(at) == mounts_.end())
        at = parent_of(at);
    if (at == path)
        return ".";
    return path.substr(at == "/" ? 1 : at.size() + 1);
}

Look Tree::look_into(Backing const& backing, std::string const& path) const
{
    std::string const inside = relative(path);
    struct stat status = {};
    if (::fstatat(backing.fd.get(), inside.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return {errno == ENOENT || errno == ENOTDIR ? Look::missing : Look::unknown, ""};
    if (S_ISDIR(status.st_mode))
        return {Look::directory, ""};
    if (!S_ISLNK(status.st_mode))
        return {Look::other, ""};
    sys::Outcome<std::string> link = sys::read_link(backing.fd.get(), inside.c_str());
    if (!link)
        return {Look::unknown, ""};
    return {Look::link, std::move(link.value)};
}

Look Tree::look(std::string const& path) const
{
    if (auto const mount = mounts_.find(path); mount != mounts_.end())
        return {mount->second.kind == BackingKind::file ? Look::other : Look::directory, ""};
    if (auto const made = made_.find(path); made != made_.end())
        return made->second;
    Backing const& backing = backing_of(path);
    switch (backing.kind) {
    case BackingKind::directory: return look_into(backing, path);
    case BackingKind::file: return {Look::missing, ""};
    case BackingKind::fresh: return {Look::missing, ""};
    case BackingKind::opaque: return {Look::unknown, ""};
    }
    return {};
}

Result<host::TargetFacts> Tree::resolve(spec::Mount const& mount, bool follow) const
{
    Walk walk;
    push(walk.todo, mount.target);
    while (!walk.todo.empty()) {
        std::string const name = pop(walk.todo);
        if (name == "..") {
            walk.at = parent_of(walk.at);
            continue;
        }
        std::string const next = join(walk.at, name);
        Look const found = look(next);
        bool const last = walk.todo.empty();
        host::TargetFacts facts;
        facts.path = next;
        facts.exists = true;
        switch (found.kind) {
        case Look::directory: walk.at = next; continue;
        case Look::link:
            if (last && !follow)
                return facts;
            CTR_TRY(follow_link(walk, mount, found.to));
            continue;
        case Look::missing: return missing_from(walk, mount, name);
        case Look::other:
            if (last)
                return facts;
            return target_error(mount, ENOTDIR, concat(quoted(next), " of the target is not a directory"));
        case Look::unknown:
            facts.certain = false;
            while (!walk.todo.empty())
                facts.path = join(facts.path, pop(walk.todo));
            return facts;
        }
    }
    host::TargetFacts facts;
    facts.path = walk.at;
    facts.exists = true;
    facts.directory = true;
    return facts;
}

bool Tree::is_read_only(std::string const& directory) const
{
    sys::Outcome<Fd> const opened =
        sys::open_file(backing_of(directory).fd.get(), relative(directory).c_str(), O_PATH | O_DIRECTORY);
    struct statvfs status = {};
    return opened && ::fstatvfs(opened.value.get(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

Result<std::string> Tree::read_file(std::string const& path, size_t most) const
{
    auto const unreadable = [&](int error) {
        return Error{.code = Code::invalid,
                     .step = Step::identity,
                     .sys = error,
                     .subject = path,
                     .message = concat(quoted(path), " of the container is not a regular file that can be read")};
    };
    spec::Mount question;
    question.target = path;
    host::TargetFacts const found = CTR_TRY(resolve(question, true));
    Backing const& backing = backing_of(found.path);
    if (!found.exists || !backing.fd)
        return backing.content;
    std::string name = relative(found.path);
    int directory = backing.fd.get();
    if (backing.kind == BackingKind::file) {
        name = concat("/proc/self/fd/", std::to_string(directory));
        directory = AT_FDCWD;
    }
    // A last component that became a link or a fifo meanwhile is refused or found to be no regular file.
    int const follow = backing.kind == BackingKind::file ? 0 : O_NOFOLLOW;
    sys::Outcome<Fd> const file = sys::open_file(directory, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | follow);
    if (!file)
        return unreadable(file.error);
    sys::Outcome<std::string> content = sys::read_regular(file.value.get(), most);
    if (!content)
        return unreadable(content.error);
    return std::move(content.value);
}

} // namespace ctr::survey
