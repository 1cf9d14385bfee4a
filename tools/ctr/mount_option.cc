// SPDX-License-Identifier: MIT
// --mount type=…,source=…,target=…,…: any mount by keys.
#include <optional>
#include <vector>

#include "apply.h"
#include "files.h"
#include "mount_words.h"
#include "special.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view mount_form = "write type=TYPE,source=SRC,target=DST,... with TYPE of bind, tmpfs, proc, "
                                        "sysfs, mqueue, devpts, cgroup, file, symlink or dir";

constexpr uint32_t largest_mode = 07777;

struct MountWords {
    std::string type = "bind";
    std::optional<std::string> source = {};
    std::string target = {};
    std::string options = {};
    std::optional<uint32_t> mode = {};   // of a file or directory
    std::vector<std::string> words = {}; // those without a value
};

enum class Kind { bind, file_system, file, symlink, dir, unknown };

Kind kind_of(std::string_view type)
{
    constexpr std::string_view file_systems[] = {"tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2"};
    for (std::string_view const name : file_systems)
        if (type == name)
            return Kind::file_system;
    if (type == "bind")
        return Kind::bind;
    if (type == "file")
        return Kind::file;
    if (type == "symlink")
        return Kind::symlink;
    return type == "dir" ? Kind::dir : Kind::unknown;
}

// Comma-separated; a field in double quotes may hold commas, and a doubled quote is a quote: so a path with a
// comma can be given, as docker and podman take it.
std::optional<std::vector<std::string>> split_fields(std::string_view text)
{
    std::vector<std::string> fields(1);
    bool inside = false;
    for (size_t index = 0; index < text.size(); ++index) {
        bool const quote = text[index] == '"';
        bool const doubled = quote && inside && text.substr(index + 1, 1) == "\"";
        if (text[index] == ',' && !inside)
            fields.emplace_back();
        else if (quote && !doubled && (inside || fields.back().empty()))
            inside = !inside;
        else
            fields.back() += text[index += doubled ? 1 : 0];
    }
    return inside ? std::nullopt : std::optional(std::move(fields));
}

// readonly=true and readonly=false, as docker writes them.
Status take_read_only(Use const& use, MountWords& mount, std::string_view value)
{
    if (value != "true" && value != "false")
        return bad_value(use, value, "neither true nor false", "");
    mount.words.emplace_back(value == "true" ? "ro" : "rw");
    return Done{};
}

// A mode is the kernel's business for a tmpfs, and ctr's for a file or a directory.
Status take_mode(Use const& use, MountWords& mount, std::string_view value)
{
    mount.mode = parse_octal(value);
    if (!mount.mode || *mount.mode > largest_mode)
        return bad_value(use, value, "not an octal mode", "");
    return Done{};
}

// Colons stand for the commas between a file system's own options.
void append_options(MountWords& mount, std::string_view value)
{
    Parts parts(value, ':');
    while (std::optional<std::string_view> const option = parts.next())
        append_option(mount.options, *option);
}

Status take_key(Use const& use, MountWords& mount, std::string_view key, std::string_view value)
{
    if (key == "type")
        mount.type = value;
    else if (key == "source" || key == "src")
        mount.source = value;
    else if (key == "target" || key == "dst" || key == "destination")
        mount.target = value;
    else if (key == "readonly" || key == "ro")
        return take_read_only(use, mount, value);
    else if (key == "mode" || key == "tmpfs-mode")
        return take_mode(use, mount, value);
    else if (key == "size" || key == "tmpfs-size")
        append_option(mount.options, "size=" + std::string(value));
    else if (key == "nr_inodes")
        append_option(mount.options, "nr_inodes=" + std::string(value));
    else if (key == "options")
        append_options(mount, value);
    else
        return bad_value(use, key, "not a key of a mount", mount_form);
    return Done{};
}

Result<MountWords> read_words(Use const& use)
{
    std::optional<std::vector<std::string>> const fields = split_fields(use.value);
    if (!fields)
        return bad_value(use, use.value, "not a mount: a quotation mark is missing", mount_form);
    MountWords mount;
    for (std::string const& field : *fields) {
        auto const [key, value] = split(field, '=');
        if (value)
            CLI_TRY(take_key(use, mount, key, *value));
        else
            mount.words.push_back(field);
    }
    if (mount.target.empty())
        return bad_value(use, use.value, "not a mount: it has no target", mount_form);
    return mount;
}

Result<uint64_t> flags_of(Use const& use, MountWords const& mount, std::span<FlagWord const> known)
{
    MountFlags flags = {.flags = default_flags_of(mount.type)};
    for (std::string const& word : mount.words) {
        Change const change = change_flags(known, word, flags);
        if (change != Change::made)
            return bad_value(use, word,
                             change == Change::unknown ? "not an option of this type of mount" : contradiction,
                             mount_form);
    }
    return flags.flags;
}

Status needs_source(Use const& use, MountWords const& mount)
{
    if (mount.source && !mount.source->empty())
        return Done{};
    return bad_value(use, use.value, "not a mount: it has no source", mount_form);
}

Status has_no_file_system(Use const& use, MountWords const& mount)
{
    for (std::string const& word : mount.words) // content that ctr provides is read-only anyway
        if (mount.type != "file" || (word != "ro" && word != "readonly"))
            return bad_value(use, word, "not an option of this type of mount", "");
    if (!mount.options.empty())
        return bad_value(use, mount.options, "only for a file system", "");
    return Done{};
}

char const* optional_text(std::string const& text) { return text.empty() ? nullptr : text.c_str(); }

Status add_bind(Setup& setup, Use const& use, MountWords const& mount)
{
    CLI_TRY(needs_source(use, mount));
    uint64_t const flags = CLI_TRY(flags_of(use, mount, bind_words));
    if (mount.mode)
        return bad_value(use, "mode", "not a key of a bind mount", "");
    CLI_SET(setup, label_of(use), ctr_add_mount, mount.source->c_str(), mount.target.c_str(), "bind", flags,
            optional_text(mount.options));
    return Done{};
}

std::string octal(uint32_t mode)
{
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3)
        digits += static_cast<char>('0' + (mode >> shift & 7));
    return digits;
}

Status add_file_system(Setup& setup, Use const& use, MountWords mount)
{
    if (mount.source)
        return bad_value(use, *mount.source, "a source that this type of mount cannot have", "");
    uint64_t const flags = CLI_TRY(flags_of(use, mount, plain_words));
    if (mount.mode)
        append_option(mount.options, "mode=" + octal(*mount.mode));
    std::string const type = mount.type == "cgroup" ? "cgroup2" : mount.type;
    CLI_SET(setup, label_of(use), ctr_add_mount, nullptr, mount.target.c_str(), type.c_str(), flags,
            optional_text(mount.options));
    return Done{};
}

Status add_special(Setup& setup, Use const& use, MountWords const& mount, Kind kind)
{
    CLI_TRY(has_no_file_system(use, mount));
    if (kind == Kind::dir && mount.source)
        return bad_value(use, *mount.source, "a source that a directory cannot have", "");
    if (kind == Kind::dir)
        return add_dir(setup, use, mount.target, mount.mode);
    CLI_TRY(needs_source(use, mount));
    if (kind == Kind::file)
        return add_file(setup, use, mount.target, *mount.source, mount.mode);
    if (mount.mode)
        return bad_value(use, "mode", "not a key of a symbolic link", "");
    return add_symlink(setup, use, mount.target, *mount.source);
}

} // namespace

Status apply_mount(Setup& setup, Use const& use)
{
    MountWords mount = CLI_TRY(read_words(use));
    Kind const kind = kind_of(mount.type);
    switch (kind) {
    case Kind::bind: return add_bind(setup, use, mount);
    case Kind::file_system: return add_file_system(setup, use, std::move(mount));
    case Kind::file:
    case Kind::symlink:
    case Kind::dir: return add_special(setup, use, mount, kind);
    case Kind::unknown: break;
    }
    return bad_value(use, mount.type, "not a type of mount", mount_form);
}

} // namespace cli
