// SPDX-License-Identifier: MIT
// The table of options: parsing, help, suggestions and completions are all made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "result.h"

namespace cli {

class Setup;
struct Use;

enum class Group : uint8_t { root, process, identity, namespaces, security, limits, lifetime, outcome, hidden };

inline constexpr struct {
    Group group;
    std::string_view title;
} group_titles[] = {
    {Group::root, "Root file system and mounts"},
    {Group::process, "Process"},
    {Group::identity, "Users and groups"},
    {Group::namespaces, "Namespaces and network"},
    {Group::security, "Security"},
    {Group::limits, "Limits"},
    {Group::lifetime, "Lifetime"},
    {Group::outcome, "Outcome and messages"},
};

// What several uses of one option mean.
enum class Repeat : uint8_t { last_wins, adds };

struct Option {
    char short_name = '\0';
    Group group = Group::hidden;
    Repeat repeat = Repeat::last_wins;
    std::string_view name = {};
    std::string_view alias = {};                             // another spelling that users of podman and docker know
    std::string_view value = {};                             // its form, as help shows it; empty for a flag
    Status (*apply)(Setup& setup, Use const& use) = nullptr; // nullptr: ask for help
    std::string_view help = {};
};

// One use of an option on the command line.
struct Use {
    Option const* option = nullptr;
    char const* value = ""; // part of argv, so it lives as long as the process
    unsigned ordinal = 1;   // counted per option, from 1, as a person counts
};

// The options of `ctr run` and `ctr explain`.
std::span<Option const> run_options();

// The options of the commands about named containers.
std::span<Option const> exec_options();
std::span<Option const> ps_options();
std::span<Option const> named_options(); // pause, resume, inspect
std::span<Option const> kill_options();
std::span<Option const> stop_options();
std::span<Option const> wait_options();
std::span<Option const> logs_options();
std::span<Option const> rm_options();

// The options of every other command: asking for help.
std::span<Option const> plain_options();

// "volume 2" for an option that may be repeated, "hostname" for one that may not.
std::string label_of(Use const& use);

// A value that cannot be parsed: "abc" is not a duration (timeout).
Problem bad_value(Use const& use, std::string_view value, std::string_view what, std::string_view hint);

} // namespace cli
