// SPDX-License-Identifier: MIT
// What a bind's source is: there, a file or a directory, a device.
#include "survey/survey.h"

#include "base/text.h"
#include "sys/file.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace ctr::survey {

namespace {

Error source_error(spec::Mount const& mount, int sys, std::string message)
{
    return Error{.code = sys == 0 ? Code::invalid : code_of(sys),
                 .step = Step::mount,
                 .sys = sys,
                 .subject = mount.source,
                 .origin = mount.origin,
                 .message = std::move(message)};
}

Error cannot_bind(spec::Mount const& mount, int sys)
{
    return source_error(mount, sys, concat("cannot bind ", quoted(mount.source), " to ", quoted(mount.target)));
}

void fill_type(host::SourceFacts& facts, struct stat const& status)
{
    facts.type = status.st_mode & S_IFMT;
    struct stat top = {};
    facts.host_root = ::stat("/", &top) == 0 && top.st_dev == status.st_dev && top.st_ino == status.st_ino;
    facts.device_major = major(status.st_rdev);
    facts.device_minor = minor(status.st_rdev);
}

// The name by which everybody finds what a descriptor is of, "" where it has none.
std::string name_of(int fd, struct stat const& by_fd)
{
    struct stat by_name = {};
    std::string const self = concat("/proc/self/fd/", std::to_string(fd));
    sys::Outcome<std::string> const name = sys::read_link(AT_FDCWD, self.c_str());
    bool const same = name && name.value[0] == '/' && ::lstat(name.value.c_str(), &by_name) == 0 &&
                      by_fd.st_dev == by_name.st_dev && by_fd.st_ino == by_name.st_ino;
    return same ? name.value : "";
}

// A descriptor of the caller belongs to the caller's mount namespace and cannot be bound in another one: its name
// is bound, and an operation checks that the name is still the same file.
Result<Source> survey_descriptor(spec::Mount const& mount)
{
    Source source;
    struct stat status = {};
    if (::fstat(mount.source_fd, &status) != 0)
        return source_error(mount, errno, "the descriptor to bind cannot be looked at");
    source.facts.path = name_of(mount.source_fd, status);
    if (source.facts.path.empty())
        return source_error(mount, 0, "the descriptor to bind has no name in this mount namespace");
    sys::Outcome<Fd> copy = sys::duplicate(mount.source_fd);
    if (!copy)
        return source_error(mount, copy.error, "the descriptor to bind cannot be kept open");
    source.fd = std::move(copy.value);
    fill_type(source.facts, status);
    return source;
}

struct Opened {
    Fd file;
    int error = 0;
    bool of_caller = false; // the path leads ctr-init elsewhere, as those below /proc/self and /dev/fd do
};

Opened open_source(char const* path, int flags)
{
    sys::Outcome<Fd> common = sys::open_common(path, static_cast<uint64_t>(flags));
    struct statfs fs = {};
    if (common)
        return {std::move(common.value), 0, ::fstatfs(common.value.get(), &fs) != 0 || fs.f_type == PROC_SUPER_MAGIC};
    if (common.error == ENOENT || common.error == ENOTDIR || common.error == EACCES)
        return {{}, common.error};
    sys::Outcome<Fd> own = sys::open_file(AT_FDCWD, path, flags);
    return {std::move(own.value), own.error, true};
}

Result<Source> survey_path(spec::Mount const& mount)
{
    int const follow = mount.flags.nofollow ? O_NOFOLLOW : 0;
    Opened opened = open_source(mount.source.c_str(), O_PATH | follow);
    Source source;
    if ((opened.error == ENOENT || opened.error == ENOTDIR) && mount.flags.optional) {
        source.facts.missing = true;
        return source;
    }
    struct stat status = {};
    if (!opened.file)
        return cannot_bind(mount, opened.error);
    if (::fstat(opened.file.get(), &status) != 0)
        return cannot_bind(mount, errno);
    if (S_ISLNK(status.st_mode))
        return cannot_bind(mount, ELOOP);
    if (opened.of_caller)
        source.facts.path = name_of(opened.file.get(), status);
    if (opened.of_caller && source.facts.path.empty())
        return source_error(
            mount, 0,
            concat(quoted(mount.source), " is a file of the caller's without a name that a container could bind"));
    fill_type(source.facts, status);
    source.fd = std::move(opened.file);
    return source;
}

} // namespace

Result<Source> survey_source(spec::Mount const& mount)
{
    bool const bind = mount.type == spec::MountType::bind;
    if (!bind && mount.type != spec::MountType::device)
        return Source{};
    if (bind && mount.source_fd >= 0)
        return survey_descriptor(mount);
    Source source = CTR_TRY(survey_path(mount));
    bool const node = source.facts.type == S_IFCHR || source.facts.type == S_IFBLK;
    if (mount.type == spec::MountType::device && !node)
        return source_error(mount, 0, concat(quoted(mount.source), " is not a device node"));
    return source;
}

} // namespace ctr::survey
