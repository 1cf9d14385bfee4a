// SPDX-License-Identifier: MIT
// A terminal of the container's own: made from its devpts, handed to the host on one side and to the command on the
// other.
#include "compile/compile.h"

#include <fcntl.h>

namespace ctr::compile {

namespace {

using plan::OpCode;
using plan::TerminalCall;

void about_terminal(Context& context, char const* message)
{
    context.ops.about({Step::terminal, context.spec.process.terminal->origin, "/dev/pts", message});
}

} // namespace

// Through the mount itself: no name of the root is resolved, whatever the image holds.
void open_master(Context& context, plan::Slot devpts)
{
    if (!context.spec.process.terminal)
        return;
    about_terminal(context, "cannot open a terminal");
    context.master = open_inside(context, devpts, "/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, false);
}

// In a container that runs, its devpts can only be reached by a name, and the command may have put something else there.
void open_master_by_name(Context& context)
{
    if (!context.spec.process.terminal)
        return;
    about_terminal(context, "cannot open a terminal");
    context.master = context.ops.slot();
    plan::Text const path = context.ops.text("/dev/pts/ptmx");
    context.ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, O_RDWR | O_NOCTTY | O_CLOEXEC, 0, context.master};
    context.ops.add(OpCode::check_device).check_device = {context.master, 5, 2};
}

void add_terminal(Context& context)
{
    if (context.master < 0)
        return;
    spec::Terminal const& wanted = *context.spec.process.terminal;
    about_terminal(context, "cannot make a terminal");
    context.ops.add(OpCode::terminal).terminal = {context.master, TerminalCall::unlock, 0, -1, 0, 0};
    context.terminal = context.ops.slot();
    context.ops.add(OpCode::terminal).terminal = {
        context.master, TerminalCall::open, O_RDWR | O_NOCTTY | O_CLOEXEC, context.terminal, 0, 0};
    if (wanted.rows != 0 || wanted.columns != 0)
        context.ops.add(OpCode::terminal).terminal = {context.master, TerminalCall::resize, 0, -1,
                                                      wanted.rows,    wanted.columns};
    // devpts gives it to its opener, and ctr-init need not have the command's id. The group is devpts's to say.
    about_terminal(context, "cannot give the terminal to the command's user");
    context.ops.add(OpCode::terminal).terminal = {
        context.terminal, TerminalCall::give, context.facts.user.uid, -1, 0, 0};
    about_terminal(context, "cannot hand the terminal over");
    context.ops.add(OpCode::terminal).terminal = {context.master, TerminalCall::hand_over, 0, -1, 0, 0};
    context.ops.release(context.master);
}

void place_terminal(Context& context)
{
    about_terminal(context, "cannot make the terminal that of the command's session");
    context.ops.add(OpCode::terminal).terminal = {context.terminal, TerminalCall::control, 0, -1, 0, 0};
    for (int number = 0; number < 3; number++)
        context.ops.add(OpCode::place_fd).place_fd = {context.terminal, number};
}

} // namespace ctr::compile
