// SPDX-License-Identifier: MIT
// Tells how a run went: to people on standard error, to programs as one JSON object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "files.h"
#include "setup.h"

namespace cli {

// How a container or a command ended, as JSON and as ctr's exit status.
std::string result_object(ctr_result const& result);
int exit_status(ctr_result const& result);

class Outcome {
public:
    enum class Of : uint8_t { container, command };

    Outcome(Request const& request, Of of) : request_(request), of_(of) {}

    // Opens the report file, so that a wrong path is known before anything runs.
    Status prepare();

    // Tells of a container that did not start; returns ctr's exit status.
    int failed(Problem const& problem);

    // Tells of a container that ended; returns ctr's exit status.
    int ended(ctr_result const& result, ctr_container const* container);

private:
    bool has_readers() const;
    void publish(std::string const& object);
    void publish_to(int descriptor, std::string const& object, std::string_view name);

    Request const& request_;
    Of of_;
    std::optional<File> report_ = {};
};

} // namespace cli
