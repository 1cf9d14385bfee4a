// SPDX-License-Identifier: MIT
// Names and advice, in one place.
#pragma once

#include "base/error.h"
#include "base/fd.h"
#include "host/facts.h"

#include <string>
#include <vector>

namespace ctr::diagnose {

char const* step_name(Step step);
char const* call_name(Call call);
char const* code_name(Code code);

// Fills in what a person should try. Facts may be null: the failure came before the survey.
void add_hint(Error& error, host::Facts const* facts);

// What was to be executed, in which root.
struct Command {
    std::string file;        // argv[0]
    std::string search_path; // of the command's environment
    std::string cwd = "/";   // a relative interpreter or command starts here
    int fd = -1;             // the file itself, where it is executed by its descriptor
    bool restricted = false; // by Landlock, as to paths
};

// Says why exec failed, by reading the file inside the container's root. The error is the one of the exec operation.
void explain_exec(Error& error, Command const& command, int root);

std::string error_json(Error const& error);

} // namespace ctr::diagnose
