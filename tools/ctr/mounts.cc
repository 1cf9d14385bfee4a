// SPDX-License-Identifier: MIT
// --rootfs, --volume, --tmpfs, --device, --proc: the mounts that have an option of their own.
#include <cerrno>
#include <cstdlib>
#include <sys/mount.h>
#include <unistd.h>

#include "apply.h"
#include "mount_words.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view volume_form = "write SRC, SRC:DST or SRC:DST:OPTS, with OPTS of ro, rw, rbind, bind, "
                                         "noexec, nosuid, nodev, optional, create, nofollow";
constexpr std::string_view tmpfs_form = "write DST or DST:size=64m,mode=755,nr_inodes=1000";

struct Volume {
    std::string_view source = {};
    std::string_view target = {};
    std::string_view words = {};
};

Result<Volume> split_volume(Use const& use)
{
    Parts parts(use.value, ':');
    Volume volume;
    volume.source = parts.next().value_or("");
    std::optional<std::string_view> const target = parts.next();
    std::optional<std::string_view> const words = parts.next();
    bool const empty = volume.source.empty() || (target && target->empty()) || (words && words->empty());
    if (empty || parts.next())
        return bad_value(use, use.value, "not a volume", volume_form);
    volume.target = target.value_or("");
    volume.words = words.value_or("");
    return volume;
}

void remove_last_component(std::string& path)
{
    path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
}

// The absolute name of a path of the caller, by its letters only: it names a place inside, it opens nothing.
Result<std::string> absolute(Use const& use, std::string_view path)
{
    std::string result;
    if (path.substr(0, 1) != "/") {
        char* const directory = getcwd(nullptr, 0);
        if (directory == nullptr)
            return Problem{.code = CTR_ERR_FAILED,
                           .error_number = errno,
                           .message = "cannot tell the current directory",
                           .option = label_of(use)};
        result = std::string_view(directory) == "/" ? "" : directory;
        free(directory);
    }
    Parts parts(path, '/');
    while (std::optional<std::string_view> const part = parts.next()) {
        if (*part == "..")
            remove_last_component(result);
        else if (!part->empty() && *part != ".")
            (result += '/') += *part;
    }
    return result.empty() ? "/" : result;
}

// "size=1m,ro,nr_inodes=10" as flags, and what the file system itself is told: it knows its own options best.
Status read_tmpfs_words(Use const& use, std::string_view words, MountFlags& flags, std::string& options)
{
    Parts parts(words, ',');
    while (std::optional<std::string_view> const word = parts.next()) {
        Change const change = change_flags(plain_words, *word, flags);
        if (change == Change::contradicts)
            return bad_value(use, *word, contradiction, tmpfs_form);
        if (change == Change::made)
            continue;
        if (word->empty())
            return bad_value(use, use.value, "not a tmpfs: an option is empty", tmpfs_form);
        append_option(options, *word);
    }
    return Done{};
}

} // namespace

Status apply_rootfs(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_rootfs, use.value);
    return Done{};
}

Status apply_read_only(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_root_mode, CTR_ROOT_READ_ONLY);
    return Done{};
}

Status apply_volume(Setup& setup, Use const& use)
{
    Volume const volume = CLI_TRY(split_volume(use));
    MountFlags flags = {.flags = MS_BIND | MS_REC};
    Parts parts(volume.words, ',');
    while (std::optional<std::string_view> const word = parts.next()) {
        Change const change = volume.words.empty() ? Change::made : change_flags(bind_words, *word, flags);
        if (change != Change::made)
            return bad_value(use, *word, change == Change::unknown ? "not an option of a volume" : contradiction,
                             volume_form);
    }
    std::string const source(volume.source);
    std::string const target =
        volume.target.empty() ? CLI_TRY(absolute(use, volume.source)) : std::string(volume.target);
    CLI_SET(setup, label_of(use), ctr_add_mount, source.c_str(), target.c_str(), "bind", flags.flags, nullptr);
    return Done{};
}

Status apply_tmpfs(Setup& setup, Use const& use)
{
    auto const [place, words] = split(use.value, ':');
    MountFlags flags = {.flags = default_flags_of("tmpfs")};
    std::string options;
    if (words)
        CLI_TRY(read_tmpfs_words(use, *words, flags, options));
    std::string const target(place);
    CLI_SET(setup, label_of(use), ctr_add_mount, nullptr, target.c_str(), "tmpfs", flags.flags,
            options.empty() ? nullptr : options.c_str());
    return Done{};
}

Status apply_device(Setup& setup, Use const& use)
{
    auto const [path, inside] = split(use.value, ':');
    if (path.empty() || (inside && (inside->empty() || inside->find(':') != std::string_view::npos)))
        return bad_value(use, use.value, "not a device", "write PATH or PATH:DST");
    std::string const source(path);
    std::string const target(inside.value_or(""));
    CLI_SET(setup, label_of(use), ctr_config_add_device, source.c_str(), inside ? target.c_str() : nullptr);
    return Done{};
}

Status apply_proc(Setup& setup, Use const& use)
{
    std::string_view const word = use.value;
    if (word != "fresh" && word != "host" && word != "none")
        return bad_value(use, word, "not a kind of /proc", "write fresh, host or none");
    uint32_t const mode = word == "fresh" ? CTR_PROC_FRESH : word == "host" ? CTR_PROC_HOST : CTR_PROC_ABSENT;
    CLI_SET(setup, label_of(use), ctr_config_set_proc, mode);
    return Done{};
}

} // namespace cli
