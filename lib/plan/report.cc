// SPDX-License-Identifier: MIT
#include "plan/report.h"

#include "base/text.h"

#include <algorithm>
#include <cstdio>
#include <sys/statvfs.h>

namespace ctr::plan {

namespace {

struct BitName {
    uint64_t bit;
    char const* name;
};

constexpr uint64_t statvfs_relatime = 4096; // ST_RELATIME; a libc may not have it
constexpr BitName mount_flags[] = {{ST_RDONLY, "ro"},     {ST_NOSUID, "nosuid"},   {ST_NODEV, "nodev"},
                                   {ST_NOEXEC, "noexec"}, {ST_NOATIME, "noatime"}, {statvfs_relatime, "relatime"}};
// In the kernel's order, from bit 0 on.
constexpr char const* path_rights[] = {"execute",   "write_file", "read_file", "read_dir",  "remove_dir", "remove_file",
                                       "make_char", "make_dir",   "make_reg",  "make_sock", "make_fifo",  "make_block",
                                       "make_sym",  "refer",      "truncate",  "ioctl_dev"};
constexpr char const* port_rights[] = {"bind_tcp", "connect_tcp"};
constexpr char const* scopes[] = {"abstract_unix_socket", "signal"};

std::string list(std::vector<std::string> const& words)
{
    std::string out = "[";
    for (size_t i = 0; i < words.size(); i++)
        out += concat(i > 0 ? "," : "", words[i]);
    return concat(out, "]");
}

std::string flags_json(uint64_t flags)
{
    std::vector<std::string> words;
    for (BitName const& flag : mount_flags)
        if ((flags & flag.bit) != 0)
            words.push_back(concat("\"", flag.name, "\""));
    return list(words);
}

template <size_t count>
std::string rights_json(uint64_t rights, char const* const (&names)[count])
{
    std::vector<std::string> words;
    for (size_t i = 0; i < count; i++)
        if ((rights >> i & 1) != 0)
            words.push_back(concat("\"", names[i], "\""));
    return list(words);
}

std::string hexadecimal(uint64_t bits)
{
    char text[24];
    std::snprintf(text, sizeof text, "\"%016llx\"", static_cast<unsigned long long>(bits));
    return text;
}

std::string map_json(std::string const& map)
{
    if (map.empty())
        return "null";
    std::string out;
    append_json_string(out, map);
    return out;
}

char const* truth(bool value) { return value ? "true" : "false"; }

} // namespace

std::string values_json(Values const& values)
{
    std::vector<int> numbers = values.descriptors;
    std::sort(numbers.begin(), numbers.end());
    std::vector<std::string> descriptors;
    for (int const number : numbers)
        descriptors.push_back(std::to_string(number));
    return concat("{\"uid\":", std::to_string(values.uid), ",\"gid\":", std::to_string(values.gid),
                  ",\"groups\":", values.groups < 0 ? "null" : std::to_string(values.groups),
                  ",\"uid_map\":", map_json(values.uid_map), ",\"gid_map\":", map_json(values.gid_map),
                  ",\"capabilities\":{\"bounding\":", hexadecimal(values.bounding),
                  ",\"permitted\":", hexadecimal(values.permitted),
                  ",\"inheritable\":", hexadecimal(values.inheritable),
                  "},\"no_new_privs\":", truth(values.no_new_privs), ",\"seccomp\":", truth(values.filtered),
                  ",\"namespaces\":", values.namespaces, ",\"mounts\":", values.mounts,
                  ",\"descriptors\":", list(descriptors), ",\"landlock\":", values.landlock, "}");
}

std::string mounts_json(std::vector<ConfirmedMount> const& mounts, uint16_t const* read)
{
    std::vector<std::string> words;
    for (size_t i = 0; i < mounts.size(); i++) {
        if (read != nullptr && i >= most_confirmed_mounts)
            break;
        std::string word = "{\"target\":";
        append_json_string(word, mounts[i].target);
        bool const known = read == nullptr || read[i] != 0; // the kernel sets ST_VALID
        std::string const flags = flags_json(read == nullptr ? mounts[i].flags : read[i]);
        words.push_back(concat(word, ",\"flags\":", known ? flags : "null", "}"));
    }
    return list(words);
}

std::string landlock_json(LandlockValues const& values)
{
    return concat("\"paths\":", rights_json(values.paths, path_rights),
                  ",\"ports\":", rights_json(values.ports, port_rights),
                  ",\"scope\":", rights_json(values.scope, scopes));
}

} // namespace ctr::plan
