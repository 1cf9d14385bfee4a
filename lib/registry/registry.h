// SPDX-License-Identifier: MIT
// Containers with a name, as a state directory holds them:
//
//   NAME/info     what was started, written once
//   NAME/record   how it goes (plan::Record), written by ctr-init; locked for as long as it lives
//   NAME/control  the socket that ctr-init listens on
//   NAME/stdout, NAME/stderr   what is captured
//   .new-NAME     being made; or what a killed process left of it
//   .old-NAME     being removed; likewise
//
// Whoever makes or removes a name holds the directory's lock for a moment. Whoever looks holds nothing: a name appears
// whole, by a rename, with its record locked, and goes whole too.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "plan/image.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ctr::registry {

struct Limit { // as setrlimit(2) takes it
    uint32_t resource = 0;
    uint64_t soft = 0;
    uint64_t hard = 0;
};

// What later processes have to know of a container, and cannot ask it.
struct Info {
    uint64_t created_ns = 0; // CLOCK_REALTIME
    uint64_t flags = 0;      // CTR_NAME_*
    bool takes_commands = false;
    bool may_set_groups = true;
    bool has_terminals = false;
    bool new_privs = false;
    uint64_t capabilities = 0;
    std::vector<Limit> limits;
    uint32_t uid = 0; // of the command, inside
    uint32_t gid = 0;
    std::vector<uint32_t> groups;
    std::string home;
    std::string cwd;
    uint32_t seccomp_kind = 0; // which of the ways to say it
    uint32_t seccomp_listener = 0;
    std::string seccomp; // the profile's name or text, or a program's bytes
    std::vector<std::string> command;
};

std::string encode(Info const& info);
std::optional<Info> decode(std::string_view text); // nothing where it is not what encode() makes

// One that is being started. Its name is free again with this, unless it is kept.
class Entry {
public:
    Entry() = default;
    Entry(Entry&& other) noexcept
        : state_(std::move(other.state_)),
          place_(std::move(other.place_)),
          record_(std::move(other.record_)),
          control_(std::move(other.control_)),
          name_(std::exchange(other.name_, {})),
          kept_(other.kept_)
    {}
    Entry& operator=(Entry&&) = delete;
    ~Entry();

    int control() const { return control_.get(); }
    int record() const { return record_.get(); }
    Result<Fd> sink(int number, plan::CaptureHeader const& header) const; // of standard output or error
    Result<Fd> reader() const;                                            // of the record, without a part in its lock
    void keep() { kept_ = true; }

private:
    friend Result<Entry> create(std::string const&, std::string const&, Info const&);
    Status fill(Info const& info);

    Fd state_; // the state directory
    Fd place_; // this one's
    Fd record_;
    Fd control_;
    std::string name_; // "" while there is nothing to remove
    bool kept_ = false;
};

// Takes the name, or says who has it.
Result<Entry> create(std::string const& state_directory, std::string const& name, Info const& info);

// One that was found.
struct Found {
    Fd place;
    Fd record;
    Info info;
    plan::Record story; // as it was when it was found
    bool alive = false; // its ctr-init lives, or its start is under way
};

Result<Found> find(std::string const& state_directory, std::string const& name);
plan::Record read_record(int record); // zero where there is none

// Those of ctr_names() and ctr_remove().
Result<std::vector<std::string>> list(std::string const& state_directory);
// With @record only where the name is still that container's: it may have been taken by another since.
Status remove(std::string const& state_directory, std::string const& name, int record = -1);

// directory.cc
Result<Fd> open_state(std::string const& path, bool make);
int make_directory(int parent, char const* path); // the caller's alone, whatever the umask; 0 or errno
Result<Fd> open_place(int state, std::string const& name);
Result<std::vector<std::string>> entries_of(int directory); // everything in it, without an order
// A directory with nothing in it but what a container has. Others may stand in a state directory that was named by mistake.
bool is_of_container(int state, std::string const& entry);
Status clear(int state, std::string const& entry); // removes one with what is in it; the lock must be held
Error name_error(int sys, std::string const& subject, std::string message);

// The lock of the state directory, for as long as this lives. Who holds it does not wait for anybody, so it is free in a
// moment, unless its holder was stopped: then the error says so.
class Hold {
public:
    static Result<Hold> take(int state);
    Hold(Hold&& other) noexcept : state_(std::exchange(other.state_, -1)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold();

private:
    explicit Hold(int state) : state_(state) {}
    int state_;
};

// find.cc
Result<Found> look(int state, std::string const& name);
bool is_rubbish(Found const& found); // what nobody will ask for

} // namespace ctr::registry
