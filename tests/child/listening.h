// SPDX-License-Identifier: MIT
// What a test of the command's process looks at: what the command says, or why it did not start.
#pragma once

#include "init.h"

namespace ctr::test {

// A recipe whose command's standard output comes back.
class Listening {
public:
    Listening()
    {
        auto const slot = static_cast<plan::Slot>(recipe.ops.pass_fd(pipe.writer.get()));
        recipe.ops.add(plan::OpCode::place_fd).place_fd = {slot, 1};
        recipe.ops.add(plan::OpCode::close_from).place_fd = {-1, 3};
    }
    // What the payload says when it is told these words.
    std::string hear(
        Words const& words, std::function<void()> const& prepare = [] {})
    {
        Init init(prepare);
        init.run_command(recipe.with_exec(payload(words)));
        std::string const said = pipe.all();
        if (!emulated())
            status = init.status();
        return said;
    }

    Pipe pipe;
    Recipe recipe;
    plan::StatusPacket status;
};

inline void change_dir(Recipe& recipe, char const* path, int32_t accept = 0)
{
    plan::Text const text = recipe.ops.text(path);
    recipe.ops.add(plan::OpCode::change_dir, accept).one_text = {text, 0};
}

struct Refusal {
    int index;
    int error;
    int detail;
};

inline Refusal refusal(plan::Plan const& plan)
{
    Init init;
    plan::ReportPacket const report = init.run(plan);
    return {report.index, report.error, report.detail};
}

} // namespace ctr::test
