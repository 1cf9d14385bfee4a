// SPDX-License-Identifier: MIT
// A terminal of the command's own, from the host's devpts: who has which side, and what the command sees of it.
#include "init.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::DescriptorKind;
using ctr::plan::DescriptorPacket;
using ctr::plan::OpCode;
using ctr::plan::PacketKind;
using ctr::plan::Slot;
using ctr::plan::TerminalCall;

namespace {

struct WithTerminal {
    Recipe recipe;

    WithTerminal() // not copied: a builder points into itself
    {
        recipe.ops.begin_setup();
        Slot const master = recipe.ops.slot();
        ctr::plan::Text const path = recipe.ops.text("/dev/ptmx");
        recipe.ops.add(OpCode::open_at).open_at = {ctr::plan::at_cwd, path, flags, 0, master};
        recipe.ops.add(OpCode::terminal).terminal = {master, TerminalCall::unlock, 0, -1, 0, 0};
        Slot const terminal = recipe.ops.slot();
        recipe.ops.add(OpCode::terminal).terminal = {master, TerminalCall::open, flags, terminal, 0, 0};
        recipe.ops.add(OpCode::terminal).terminal = {master, TerminalCall::resize, 0, -1, 33, 101};
        recipe.ops.add(OpCode::terminal).terminal = {terminal, TerminalCall::give, ::getuid(), -1, 0, 0};
        recipe.ops.add(OpCode::terminal).terminal = {master, TerminalCall::hand_over, 0, -1, 0, 0};
        recipe.ops.release(master);
        recipe.ops.begin_payload();
        recipe.ops.add(OpCode::new_session);
        recipe.ops.add(OpCode::terminal).terminal = {terminal, TerminalCall::control, 0, -1, 0, 0};
        for (int number = 0; number < 3; number++)
            recipe.ops.add(OpCode::place_fd).place_fd = {terminal, number};
    }

    static constexpr uint32_t flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
};

// The host's side, which comes before the report.
Fd handed_over(Init const& init)
{
    Packet packet = init.receive();
    DescriptorPacket told;
    expect_equal(packet.bytes.size(), sizeof told, "the size of the packet");
    std::memcpy(&told, packet.bytes.data(), sizeof told);
    expect(told.kind == PacketKind::descriptor && told.what == DescriptorKind::terminal, "the packet is another one");
    expect(static_cast<bool>(packet.fd), "no descriptor came along");
    return std::move(packet.fd);
}

// What is shown until every other side is closed, which ctr-init may not keep from happening.
std::string shown_on(Fd const& master)
{
    std::string text;
    char buffer[256];
    pollfd polled = {master.get(), POLLIN, 0};
    while (::poll(&polled, 1, 20000) == 1) {
        ssize_t const got = ::read(master.get(), buffer, sizeof buffer);
        if (got <= 0) {
            expect_equal(errno, EIO, "the errno at the end");
            return text;
        }
        text.append(buffer, static_cast<size_t>(got));
    }
    throw Failed{"the terminal was not closed; it showed " + shown(text)};
}

Fd start(Init& init, Recipe& recipe, Words const& words)
{
    init.start(recipe.with_exec(payload(words)));
    init.expect_ready();
    init.open_gate();
    Fd master = handed_over(init);
    ctr::plan::ReportPacket const report = init.report();
    if (!emulated() || report.error != EINTR)
        expect_equal(report.error, 0, "the errno of the start");
    return master;
}

} // namespace

CHILD_TEST(a_terminal_is_the_sessions_and_has_the_size_that_was_asked_for)
{
    needs_vfork();
    Init init;
    WithTerminal with;
    Fd const master = start(init, with.recipe, {"terminal"});
    expect_equal(shown_on(master), "33 101 controls foreground\r\n", "what was shown");
}

CHILD_TEST(what_is_typed_is_read_and_the_terminal_ends_with_the_command)
{
    needs_vfork();
    Init init;
    WithTerminal with;
    Fd const master = start(init, with.recipe, {"read-line"});
    expect(::write(master.get(), "typed\n", 6) == 6, "nothing can be typed");
    expect_equal(shown_on(master), "typed\r\ntyped\r\n", "what was shown"); // once by the echo
    expect_equal(init.status().wait_status, 0, "the wait status");
}

CHILD_TEST(a_terminal_made_in_the_commands_process_comes_as_well)
{
    needs_vfork();
    Init init;
    WithTerminal with;
    with.recipe.ops.supervision().setup_in_command = 1;
    Fd const master = start(init, with.recipe, {"terminal"});
    expect_equal(shown_on(master), "33 101 controls foreground\r\n", "what was shown");
}

CHILD_TEST(what_is_no_terminal_controls_nothing)
{
    needs_vfork();
    Recipe recipe;
    recipe.ops.begin_payload();
    Slot const slot = recipe.ops.slot();
    ctr::plan::Text const path = recipe.ops.text("/dev/null");
    recipe.ops.add(OpCode::new_session);
    recipe.ops.add(OpCode::open_at).open_at = {ctr::plan::at_cwd, path, WithTerminal::flags, 0, slot};
    recipe.ops.add(OpCode::terminal).terminal = {slot, TerminalCall::control, 0, -1, 0, 0};
    Init init;
    ctr::plan::ReportPacket const report = init.run(recipe.with_exec({"/bin/true"}));
    expect_equal(report.index, 2, "the index");
    expect_equal(report.error, ENOTTY, "the errno");
}
