// SPDX-License-Identifier: MIT
// What a bind's source is: there, a file or a directory, a device.
#include "survey/survey.h"

#include "base/text.h"
#include "sys/file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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

// A descriptor of the caller belongs to the caller's mount namespace and cannot be bound in another one: its name
// is bound, and an operation checks that the name is still the same file.
Result<Source> survey_descriptor(spec::Mount const& mount)
{
    Source source;
    struct stat by_fd = {};
    struct stat by_name = {};
    std::string const self = concat("/proc/self/fd/", std::to_string(mount.source_fd));
    sys::Outcome<std::string> const name = sys::read_link(AT_FDCWD, self.c_str());
    if (::fstat(mount.source_fd, &by_fd) != 0)
        return source_error(mount, errno, "the descriptor to bind cannot be looked at");
    bool const same = name && name.value[0] == '/' && ::lstat(name.value.c_str(), &by_name) == 0 &&
                      by_fd.st_dev == by_name.st_dev && by_fd.st_ino == by_name.st_ino;
    if (!same)
        return source_error(mount, 0, "the descriptor to bind has no name in this mount namespace");
    source.fd = Fd(::fcntl(mount.source_fd, F_DUPFD_CLOEXEC, 3));
    source.facts.path = name.value;
    fill_type(source.facts, by_fd);
    return source;
}

Result<Source> survey_path(spec::Mount const& mount)
{
    int const follow = mount.flags.nofollow ? O_NOFOLLOW : 0;
    sys::Outcome<Fd> file = sys::open_file(AT_FDCWD, mount.source.c_str(), O_PATH | follow);
    Source source;
    if (!file && (file.error == ENOENT || file.error == ENOTDIR) && mount.flags.optional) {
        source.facts.missing = true;
        return source;
    }
    struct stat status = {};
    if (!file)
        return cannot_bind(mount, file.error);
    if (::fstat(file.value.get(), &status) != 0)
        return cannot_bind(mount, errno);
    if (S_ISLNK(status.st_mode))
        return cannot_bind(mount, ELOOP);
    fill_type(source.facts, status);
    source.fd = std::move(file.value);
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
