// SPDX-License-Identifier: MIT
// The start, the gate and the report; and everything that can come instead of them.
#include "init.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::LaunchPacket;
using ctr::plan::OpCode;
using ctr::plan::PacketKind;
using ctr::plan::PlainPacket;
using ctr::plan::ReportPacket;
using ctr::plan::StartPacket;

namespace {

// A plan that needs no command: its first operation fails.
ctr::plan::Plan failing_plan()
{
    Recipe recipe;
    recipe.ops.begin_enter();
    ctr::plan::Text const path = recipe.ops.text("/nowhere/at/all");
    recipe.ops.add(OpCode::change_dir).one_text = {path, 0};
    recipe.ops.begin_setup();
    recipe.ops.begin_payload();
    return recipe.with_exec({"/bin/true"});
}

class Fifo {
public:
    Fifo() { expect(::mkdtemp(directory_) != nullptr && ::mkfifo(path().c_str(), 0600) == 0, "no fifo could be made"); }
    Fifo(Fifo const&) = delete;
    Fifo& operator=(Fifo const&) = delete;
    ~Fifo()
    {
        (void)::unlink(path().c_str());
        (void)::rmdir(directory_);
    }
    std::string path() const { return std::string(directory_) + "/fifo"; }

private:
    char directory_[32] = "/tmp/ctr-child.XXXXXX";
};

// What ctr-init says to a start that it cannot use. It waits for the host to close the channel then, and ends.
void expect_refusal(Init& init, int error)
{
    ReportPacket const report = init.report();
    expect_equal(report.index, ctr::plan::start_failed, "the report's index");
    expect_equal(report.error, error, "the report's errno");
    init.close_channel();
    expect_equal(init.exit_status(), 1, "the exit status");
}

void expect_refused_image(void const* bytes, size_t size)
{
    Init init;
    init.launch();
    Fd const image = file_of(bytes, size);
    init.send(StartPacket{.flags = ctr::plan::start_wants_maps}, {image.get()});
    expect_refusal(init, ENOEXEC);
}

} // namespace

CHILD_TEST(a_start_is_answered_with_ready)
{
    Init init;
    init.start(failing_plan());
    init.expect_ready();
}

CHILD_TEST(a_start_that_wants_no_maps_is_not_answered_and_the_gate_may_follow_at_once)
{
    Fd const image = image_of(failing_plan());
    Init init;
    init.launch();
    init.send(StartPacket{}, {image.get()});
    init.open_gate();
    expect_equal(init.report().error, ENOENT, "the report's errno");
}

CHILD_TEST(the_end_of_the_host_ends_an_operation_that_blocks)
{
    Bystander host;
    Fifo const fifo;
    Recipe recipe;
    recipe.ops.begin_enter();
    ctr::plan::Slot const slot = recipe.ops.slot();
    ctr::plan::Text const path = recipe.ops.text(fifo.path());
    recipe.ops.add(OpCode::open_at).open_at = {ctr::plan::at_cwd, path, O_WRONLY | O_CLOEXEC, 0,
                                               slot}; // waits for a reader
    recipe.ops.begin_setup();
    recipe.ops.begin_payload();
    Init init;
    init.start(recipe.with_exec({"/bin/true"}), host.pidfd().get());
    init.expect_ready();
    init.open_gate();
    ::usleep(100000);
    expect(::waitpid(init.pid(), nullptr, WNOHANG) == 0, "the operation did not block");
    host.end();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(nothing_runs_before_the_gate)
{
    Init init;
    init.start(failing_plan());
    init.expect_ready();
    ::usleep(100000);
    init.open_gate();
    expect_equal(init.report().error, ENOENT, "the report's errno");
}

CHILD_TEST(a_command_runs_after_the_gate_and_not_before)
{
    Pipe pipe;
    Recipe recipe;
    ctr::plan::Slot const slot = static_cast<ctr::plan::Slot>(recipe.ops.pass_fd(pipe.writer.get()));
    recipe.ops.add(OpCode::place_fd).place_fd = {slot, 1};
    Init init;
    init.start(recipe.with_exec(payload({"say", "running"})));
    init.expect_ready();
    expect(pipe.quiet_for(200), "the command ran before the gate was open");
    init.open_gate();
    (void)init.report();
    if (emulated())
        init.close_channel(); // see Init::run_command
    expect_equal(pipe.all(), "running\n", "what the command said");
}

CHILD_TEST(the_end_of_the_channel_before_the_start_ends_it)
{
    Init init;
    init.close_channel();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(the_end_of_the_channel_before_the_gate_ends_it)
{
    Init init;
    init.start(failing_plan());
    init.expect_ready();
    init.close_channel();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(the_end_of_the_host_before_the_gate_ends_it)
{
    Bystander host;
    Init init;
    init.start(failing_plan(), host.pidfd().get());
    init.expect_ready();
    host.end();
    init.expect_end();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(a_start_of_another_kind_is_refused)
{
    Fd const image = image_of(failing_plan());
    for (PacketKind const kind : {PacketKind::gate, PacketKind::signal, static_cast<PacketKind>(99)}) {
        Init init;
        init.launch();
        init.send(StartPacket{.kind = kind, .flags = ctr::plan::start_wants_maps}, {image.get()});
        expect_refusal(init, EPROTO);
    }
}

CHILD_TEST(a_start_of_another_size_is_refused)
{
    Fd const image = image_of(failing_plan());
    char bytes[64] = {};
    StartPacket const packet{.flags = ctr::plan::start_wants_maps};
    std::memcpy(bytes, &packet, sizeof packet);
    for (size_t const size : {size_t{1}, sizeof packet - 1, sizeof packet + 1, sizeof bytes}) {
        Init init;
        init.launch();
        init.send(bytes, size, {image.get()});
        expect_refusal(init, EPROTO);
    }
}

CHILD_TEST(a_start_without_an_image_is_refused)
{
    Init init;
    init.launch();
    init.send(StartPacket{.flags = ctr::plan::start_wants_maps});
    expect_refusal(init, EPROTO);
}

CHILD_TEST(a_launch_of_another_kind_size_or_number_of_descriptors_is_refused)
{
    LaunchPacket const launches[] = {
        {.kind = PacketKind::start}, {.kind = static_cast<PacketKind>(99)}, {.has_host = 1}, {.has_host = 2}};
    for (LaunchPacket const& launch : launches) {
        Init init;
        init.send(launch);
        expect_refusal(init, EPROTO);
    }
    char const bytes[64] = {static_cast<char>(PacketKind::launch)};
    for (size_t const size : {size_t{4}, sizeof(LaunchPacket) - 1, sizeof bytes}) {
        Init init;
        init.send(bytes, size, {});
        expect_refusal(init, EPROTO);
    }
}

CHILD_TEST(namespaces_that_cannot_be_made_are_reported_before_the_plan_is_read)
{
    Init init;
    init.launch(-1, 1); // no namespace
    ReportPacket const report = init.report();
    expect_equal(report.index, ctr::plan::launch_failed, "the report's index");
    expect_equal(report.error, EINVAL, "the report's errno");
}

CHILD_TEST(the_end_of_the_host_ends_the_wait_for_a_plan)
{
    Bystander host;
    Init init;
    init.launch(host.pidfd().get());
    ::usleep(50000);
    expect(::waitpid(init.pid(), nullptr, WNOHANG) == 0, "ctr-init did not wait");
    host.end();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(a_start_with_more_or_fewer_descriptors_than_the_plan_has_is_refused)
{
    ctr::plan::Plan const none = failing_plan();
    Recipe recipe;
    (void)recipe.ops.pass_fd(0);
    (void)recipe.ops.pass_fd(0);
    ctr::plan::Plan const two = recipe.with_exec({"/bin/true"});
    Pipe const pipe;
    Fd const image_of_none = image_of(none);
    Fd const image_of_two = image_of(two);
    {
        Init init;
        init.launch();
        init.send(StartPacket{.flags = ctr::plan::start_wants_maps}, {image_of_none.get(), pipe.reader.get()});
        expect_refusal(init, EPROTO);
    }
    Init init;
    init.launch();
    init.send(StartPacket{.flags = ctr::plan::start_wants_maps}, {image_of_two.get(), pipe.reader.get()});
    expect_refusal(init, EPROTO);
}

CHILD_TEST(an_image_that_is_none_is_refused)
{
    std::string const text(4096, 'x');
    expect_refused_image(text.data(), 0);
    expect_refused_image(text.data(), 3);
    expect_refused_image(text.data(), text.size());
    std::vector<unsigned char> bytes = failing_plan().image;
    bytes[0] ^= 1;
    expect_refused_image(bytes.data(), bytes.size());
    bytes[0] ^= 1;
    expect_refused_image(bytes.data(), sizeof(ctr::plan::Image) - 1);
}

CHILD_TEST(an_image_that_cannot_be_read_is_refused)
{
    Pipe const pipe;
    Init init;
    init.launch();
    init.send(StartPacket{.flags = ctr::plan::start_wants_maps}, {pipe.reader.get()});
    expect_refusal(init, ENOEXEC);
}

CHILD_TEST(the_image_is_not_written_to)
{
    ctr::plan::Plan const plan = failing_plan();
    Fd const image = image_of(plan);
    Init init;
    init.launch();
    init.send(StartPacket{.flags = ctr::plan::start_wants_maps}, {image.get()});
    init.expect_ready();
    init.open_gate();
    (void)init.report();
    std::vector<unsigned char> now(plan.image.size());
    expect(::pread(image.get(), now.data(), now.size(), 0) == static_cast<ssize_t>(now.size()), "it became shorter");
    expect(now == plan.image, "the image was changed");
}

CHILD_TEST(another_packet_does_not_open_the_gate)
{
    for (PacketKind const kind : {PacketKind::start, PacketKind::ready, PacketKind::status}) {
        Init init;
        init.start(failing_plan());
        init.expect_ready();
        init.send(PlainPacket{kind});
        init.expect_end();
        expect_equal(init.exit_status(), 1, "the exit status");
    }
}

CHILD_TEST(garbage_does_not_open_the_gate)
{
    char const bytes[64] = {};
    for (size_t const size : {size_t{1}, sizeof(PlainPacket) - 1, sizeof(PlainPacket) + 1, sizeof bytes}) {
        Init init;
        init.start(failing_plan());
        init.expect_ready();
        init.send(bytes, size);
        init.expect_end();
        expect_equal(init.exit_status(), 1, "the exit status");
    }
}

CHILD_TEST(a_failed_operation_is_reported_with_a_descriptor_of_the_root)
{
    Init init;
    init.start(failing_plan());
    init.expect_ready();
    init.open_gate();
    Fd root;
    ReportPacket const report = init.report(&root);
    expect_equal(report.index, 0, "the report's index");
    expect_equal(report.error, ENOENT, "the report's errno");
    expect_equal(report.has_fd, 1, "whether a root comes along");
    struct stat here = {};
    struct stat there = {};
    // By another name: an emulator may look for "/" in the libraries of its processor.
    expect(::stat("/proc/self/root", &here) == 0 && ::fstat(root.get(), &there) == 0, "no descriptor came");
    expect(here.st_ino == there.st_ino && here.st_dev == there.st_dev, "the descriptor is not one of the root");
}

CHILD_TEST(after_a_failure_it_waits_for_the_host_to_close_the_channel)
{
    Init init;
    (void)init.run(failing_plan());
    ::usleep(100000);
    expect(::waitpid(init.pid(), nullptr, WNOHANG) == 0, "it ended before the host had looked at the mounts");
    init.close_channel();
    expect_equal(init.exit_status(), 1, "the exit status");
}

CHILD_TEST(after_a_failure_the_end_of_the_host_ends_it)
{
    Bystander host;
    Init init;
    init.start(failing_plan(), host.pidfd().get());
    init.expect_ready();
    init.open_gate();
    (void)init.report();
    host.end();
    expect_equal(init.exit_status(), 1, "the exit status");
}
