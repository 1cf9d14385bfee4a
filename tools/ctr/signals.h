// SPDX-License-Identifier: MIT
// Signals sent to ctr are meant for the command that it runs.
#pragma once

#include "files.h"

namespace cli {

class Signals {
public:
    // From here on the signals wait to be forwarded. The library starts the command with none blocked.
    static Result<Signals> block();

    // Lets those that wait have their usual effect.
    static void unblock();

    // Polls readable when signals wait.
    int descriptor() const { return file_.descriptor(); }

    void forward(ctr_container* container) const;

private:
    explicit Signals(int descriptor) : file_(descriptor) {}

    File file_;
};

// Writing to a pipe that nobody reads any more is an error like others, not the end of ctr.
void ignore_broken_pipes();

} // namespace cli
