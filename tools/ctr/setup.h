// SPDX-License-Identifier: MIT
// What a command line describes: a config, and which option asked for each call that made it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parse.h"

namespace cli {

// Explaining opens and creates nothing.
enum class Purpose { run, explain };

// What concerns ctr itself and not the container.
struct Request {
    bool json = false;
    int status_descriptor = -1;
    char const* report_path = nullptr;
    bool quiet = false;
    bool debug = false;
    bool all = false;                      // ps: ended ones too
    bool force = false;                    // rm: running ones too
    bool follow = false;                   // logs: until the end
    int signal = 0;                        // kill; 0 is the usual one
    std::optional<uint64_t> grace_ms = {}; // stop
};

class Setup {
public:
    explicit Setup(Purpose purpose);
    ~Setup();
    Setup(Setup const&) = delete;
    Setup& operator=(Setup const&) = delete;

    ctr_config* config() { return config_; }
    Purpose purpose() const { return purpose_; }

    // Remembers on whose behalf the next call of the setter @call happens.
    void note(char const* call, std::string origin);

    // Returns the origin of call number @index of the setter; of its last call for -1; "" where unknown.
    std::string origin(std::string_view call, int index) const;

    Request request = {};
    std::string state_directory = {}; // as given; "" is the usual one
    std::string name = {};
    bool detach = false;
    bool remove = false;
    uint64_t landlock_scope = 0;
    bool terminal = false;
    bool interactive = false;
    uint64_t timeout_ms = 0;
    uint64_t kill_after_ms = 0;
    char const* newuidmap = nullptr;
    char const* newgidmap = nullptr;

private:
    struct Call {
        char const* setter;
        std::string origin;
    };

    ctr_config* config_;
    Purpose purpose_;
    std::vector<Call> calls_ = {};
};

// Fills the setup's request: whom to tell of the outcome must be known before anything else can fail.
Status describe_request(Setup& setup, CommandLine const& line);

// Fills the setup's config.
Status describe(Setup& setup, CommandLine const& line);

// Retells an error of the library by the names of ctr's options, and frees it.
Problem retell(Setup const& setup, ctr_error* error);

} // namespace cli

// Calls a setter for a use of an option. The config keeps the first error of a setter and ctr_spawn()
// reports it with the call and its index, so the return value adds nothing.
#define CLI_SET(setup, origin, setter, ...)                                                                            \
    ((setup).note(#setter, (origin)), (void)setter((setup).config(), __VA_ARGS__))
