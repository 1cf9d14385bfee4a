// SPDX-License-Identifier: MIT
// The words that mount options have in common.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/mount.h>

#include <ctr/ctr.h>

namespace cli {

struct FlagWord {
    std::string_view name;
    uint64_t set;
    uint64_t clear;
};

inline constexpr FlagWord bind_words[] = {
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"readonly", MS_RDONLY, 0},
    {"rbind", MS_REC, 0},
    {"bind", 0, MS_REC},
    {"noexec", MS_NOEXEC, 0},
    {"nosuid", MS_NOSUID, 0},
    {"nodev", MS_NODEV, 0},
    {"optional", CTR_MOUNT_OPTIONAL, 0},
    {"create", CTR_MOUNT_CREATE, 0},
    {"nofollow", CTR_MOUNT_NOFOLLOW, 0},
};

// A file system of its own has nothing to recurse into and no source to miss; it may drop ctr's defaults.
inline constexpr FlagWord plain_words[] = {
    {"ro", MS_RDONLY, 0},   {"rw", 0, MS_RDONLY},       {"readonly", MS_RDONLY, 0}, {"noexec", MS_NOEXEC, 0},
    {"exec", 0, MS_NOEXEC}, {"nosuid", MS_NOSUID, 0},   {"suid", 0, MS_NOSUID},     {"nodev", MS_NODEV, 0},
    {"dev", 0, MS_NODEV},   {"noatime", MS_NOATIME, 0},
};

struct MountFlags {
    uint64_t flags = 0;
    uint64_t said = 0; // those that a word was about
};

enum class Change : uint8_t { made, unknown, contradicts };

// Applies @word to @flags. It is unknown when @words do not have it, and contradicts when a word before it said the
// opposite.
Change change_flags(std::span<FlagWord const> words, std::string_view word, MountFlags& flags);

// What is wrong with a word that contradicts.
inline constexpr std::string_view contradiction = "the opposite of a word before it";

// What a mount of this type has unless its words say otherwise.
uint64_t default_flags_of(std::string_view type);

// Appends to a comma-separated list.
void append_option(std::string& options, std::string_view option);

} // namespace cli
