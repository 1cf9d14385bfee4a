// SPDX-License-Identifier: MIT
// Further commands, by the packets that ask for them; and packets that ask for nothing sensible, which ctr-init
// outlives.
#include "listening.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::OpCode;
using ctr::plan::PacketKind;
using ctr::plan::ReportPacket;
using ctr::plan::SignalPacket;
using ctr::plan::StatusPacket;

namespace {

// A channel of a further command: the host's end.
class Further {
public:
    Further()
    {
        int ends[2] = {-1, -1};
        expect(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "no socket pair could be made");
        ours_ = Fd(ends[0]);
        theirs_ = Fd(ends[1]);
    }

    int theirs() const { return theirs_.get(); }

    // Sent: from here on only ctr-init has the other end.
    void ask(Init const& init, std::vector<int> const& fds, PacketKind kind = PacketKind::join)
    {
        SignalPacket packet;
        packet.kind = kind;
        init.send(packet, fds);
        theirs_.reset();
    }
    ReportPacket report(Fd* fd = nullptr) const
    {
        Packet packet = receive_on(ours_);
        if (fd != nullptr)
            *fd = std::move(packet.fd);
        return packet_of<ReportPacket>(packet);
    }
    StatusPacket status() const
    {
        Packet packet = receive_on(ours_);
        while (packet.bytes.size() == sizeof(ctr::plan::EventPacket))
            packet = receive_on(ours_);
        return packet_of<StatusPacket>(packet);
    }
    void expect_end() const { expect_equal(receive_on(ours_).bytes, "", "what came instead of the channel's end"); }
    void close() { ours_.reset(); }

private:
    template <typename T>
    static T packet_of(Packet const& packet)
    {
        T out;
        expect_equal(packet.bytes.size(), sizeof out, "the size of the packet");
        std::memcpy(&out, packet.bytes.data(), sizeof out);
        return out;
    }

    Fd ours_;
    Fd theirs_;
};

// So that a few that are left are noticed; ctr-init itself needs some above its table.
void allow_few_descriptors()
{
    rlimit limit = {512, 512};
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// A command that goes on until its host lets it.
class Box {
public:
    Box()
    {
        needs_vfork();
        Recipe recipe;
        init.run_command(recipe.with_exec(payload({"wait"})));
    }
    Box(Box const&) = delete;
    Box& operator=(Box const&) = delete;
    // Nobody else ends the command: there is no container.
    ~Box()
    {
        try {
            init.signal_command(SIGKILL);
            (void)init.status();
        } catch (Failed const&) {
            // the test has failed already, or ctr-init is gone with it
        }
    }
    // Whether it still is there and takes further commands.
    void expect_well()
    {
        Further further;
        Recipe recipe;
        Fd const image = image_of(recipe.with_exec(payload({"exit", "6"})));
        further.ask(init, {image.get(), further.theirs()});
        expect_equal(further.report().index, ctr::plan::no_op, "the index of the report");
        expect_equal(WEXITSTATUS(further.status().wait_status), 6, "the exit status");
        further.expect_end();
    }

    Init init{allow_few_descriptors};
};

} // namespace

CHILD_TEST(a_further_command_has_its_descriptors_and_its_own_status)
{
    Box box;
    Listening listening;
    Fd const image = image_of(listening.recipe.with_exec(payload({"fds", "say", "joined", "exit", "9"})));
    Further further;
    further.ask(box.init, {image.get(), further.theirs(), listening.pipe.writer.get()});
    Fd pidfd;
    ReportPacket const report = further.report(&pidfd);
    expect_equal(report.index, ctr::plan::no_op, "the index of the report");
    expect(report.pid > 0 && static_cast<bool>(pidfd), "no pid, or no descriptor of it");
    expect_equal(listening.pipe.all(), "1\njoined\n", "what it said"); // nothing of ctr-init's
    expect_equal(WEXITSTATUS(further.status().wait_status), 9, "the exit status");
    further.expect_end();
    box.expect_well();
}

CHILD_TEST(a_further_command_that_fails_says_where_and_hands_the_root_over)
{
    Box box;
    Recipe recipe;
    change_dir(recipe, "/");
    change_dir(recipe, "/nowhere/at/all");
    Fd const image = image_of(recipe.with_exec(payload({"exit", "0"})));
    Further further;
    further.ask(box.init, {image.get(), further.theirs()});
    Fd root;
    ReportPacket const report = further.report(&root);
    expect_equal(report.index, 1, "the index");
    expect_equal(report.error, ENOENT, "the errno");
    expect(static_cast<bool>(root), "no root came along");
    further.expect_end();
    box.expect_well();
}

CHILD_TEST(a_further_command_ends_with_its_channel)
{
    Box box;
    Listening listening;
    Fd const image = image_of(listening.recipe.with_exec(payload({"say", "there", "wait"})));
    Further further;
    further.ask(box.init, {image.get(), further.theirs(), listening.pipe.writer.get()});
    expect_equal(further.report().index, ctr::plan::no_op, "the index of the report");
    listening.pipe.writer = Fd();
    expect_equal(listening.pipe.line(), "there", "what it said"); // its report came before it said anything
    further.close();
    expect_equal(listening.pipe.all(), "", "what it said later"); // the pipe ends with it
    box.expect_well();
}

CHILD_TEST(a_look_hands_the_root_over)
{
    Box box;
    Further further;
    further.ask(box.init, {further.theirs()}, PacketKind::look);
    Fd root;
    (void)further.report(&root);
    expect(static_cast<bool>(root) && ::faccessat(root.get(), "dev", F_OK, 0) == 0, "it is not the root");
    further.expect_end();
    box.expect_well();
}

namespace {

// What ctr-init says to this image, with these further descriptors.
int answer_to(Box& box, Fd const& image, std::vector<int> const& more)
{
    Further further;
    std::vector<int> fds = {image.get(), further.theirs()};
    fds.insert(fds.end(), more.begin(), more.end());
    further.ask(box.init, fds);
    ReportPacket const report = further.report();
    expect_equal(report.index, ctr::plan::start_failed, "the index of the report");
    further.expect_end();
    return report.error;
}

} // namespace

CHILD_TEST(a_join_that_makes_no_sense_is_answered_and_costs_nothing)
{
    Box box;
    Recipe recipe;
    Fd const sound = image_of(recipe.with_exec({"/bin/true"}));
    Fd const null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    expect_equal(answer_to(box, file_of("", 0), {}), ENOEXEC, "the errno of an empty image");
    expect_equal(answer_to(box, file_of("no image at all", 15), {}), ENOEXEC, "the errno of text");
    expect_equal(answer_to(box, null, {}), ENOEXEC, "the errno of a device");
    expect_equal(answer_to(box, sound, {null.get()}), EPROTO, "the errno of a descriptor too many");
    for (int i = 0; i < 300; i++) // each would leave some, and there is a limit
        expect_equal(answer_to(box, sound, {null.get(), null.get()}), EPROTO, "the errno of two too many");
    box.expect_well();
}

CHILD_TEST(a_join_without_descriptors_is_passed_over)
{
    Box box;
    Further nothing;
    nothing.ask(box.init, {});
    nothing.expect_end();
    Further alone;
    alone.ask(box.init, {alone.theirs()}); // a channel in the place of the image, and no channel
    alone.expect_end();
    Further unseen;
    unseen.ask(box.init, {}, PacketKind::look);
    box.expect_well();
}

CHILD_TEST(descriptors_that_nobody_asked_for_are_closed)
{
    Box box;
    Fd const null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::vector<int> const many(50, null.get());
    SignalPacket continued;
    continued.kind = PacketKind::signal;
    continued.number = SIGCONT;
    for (int i = 0; i < 40; i++) { // each would leave fifty, and there is a limit
        box.init.send(continued, many);
        Further further;
        std::vector<int> fds = many;
        fds.insert(fds.begin(), further.theirs());
        further.ask(box.init, fds, PacketKind::look);
        Fd root;
        (void)further.report(&root);
        expect(static_cast<bool>(root), "no root came along");
        further.expect_end();
    }
    box.expect_well();
}
