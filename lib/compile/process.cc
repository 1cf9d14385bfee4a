// SPDX-License-Identifier: MIT
// The command's process: descriptors, session, limits, directory, exec.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <fcntl.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

constexpr char const* stdio_names[] = {"stdin", "stdout", "stderr"};

// The second and third descriptor stay with ctr-init.
plan::Slot receive_capture(Context& context, int number)
{
    auto const pass = [&](plan::FdSource source) {
        plan::PassedFd passed;
        passed.source = source;
        passed.number = number;
        return context.ops.pass(std::move(passed));
    };
    plan::Slot const writer = pass(plan::FdSource::capture);
    plan::Capture& capture = context.ops.supervision().captures[number - 1];
    capture.reader = pass(plan::FdSource::capture_reader);
    capture.sink = pass(plan::FdSource::capture_sink);
    capture.limit = context.spec.process.capture_limit;
    capture.ring = context.spec.process.capture_last ? capture.limit + plan::capture_chunk : 0;
    return writer;
}

plan::Slot receive_stdio(Context& context, int number)
{
    spec::Stdio const& stdio = context.spec.process.stdio[static_cast<size_t>(number)];
    if (!stdio.is_passed())
        return -1;
    if (stdio.kind == spec::StdioKind::capture)
        return receive_capture(context, number);
    plan::PassedFd passed;
    passed.source = stdio.kind == spec::StdioKind::fd     ? plan::FdSource::given
                    : stdio.kind == spec::StdioKind::pipe ? plan::FdSource::pipe
                                                          : plan::FdSource::file;
    passed.fd = stdio.fd;
    passed.number = number;
    passed.path = stdio.path;
    passed.append = stdio.append;
    passed.origin = stdio.origin;
    return context.ops.pass(std::move(passed));
}

void place_stdio(Context& context, int number)
{
    spec::Stdio const& stdio = context.spec.process.stdio[static_cast<size_t>(number)];
    char const* const name = stdio_names[number];
    context.ops.about({Step::process, {}, name, concat("cannot set ", name)});
    switch (stdio.kind) {
    case spec::StdioKind::inherit: return;
    case spec::StdioKind::null: context.ops.add(OpCode::place_fd).place_fd = {context.null, number}; return;
    case spec::StdioKind::merge: context.ops.add(OpCode::merge_fd).merge_fd = {1, number}; return;
    case spec::StdioKind::fd:
    case spec::StdioKind::pipe:
    case spec::StdioKind::capture:
    case spec::StdioKind::file:
        context.ops.add(OpCode::place_fd).place_fd = {context.stdio[static_cast<size_t>(number)], number};
        return;
    }
}

// Their times tell whether the command is silent.
void watch_streams(Context& context)
{
    if (context.spec.lifetime.silence_timeout_ms == 0)
        return;
    context.ops.supervision().silence_ns = context.spec.lifetime.silence_timeout_ms * 1000000;
    for (int number = 1; number < 3; number++) {
        spec::Stdio const& stdio = context.spec.process.stdio[static_cast<size_t>(number)];
        if (stdio.kind != spec::StdioKind::file)
            continue; // ctr-init reads captures; writes to a pipe leave no time on it since 6.15
        plan::PassedFd passed;
        passed.source = plan::FdSource::watched;
        passed.number = number;
        context.ops.supervision().watched[number - 1] = context.ops.pass(std::move(passed));
    }
}

} // namespace

void receive_descriptors(Context& context)
{
    auto const pass = [&](int fd) { return fd < 0 ? plan::Slot{-1} : context.ops.pass({plan::FdSource::given, fd}); };
    for (int number = 0; number < 3; number++)
        context.stdio[static_cast<size_t>(number)] = receive_stdio(context, number);
    watch_streams(context);
    context.program = pass(context.spec.process.command_fd); // before the passed ones, and lifted with them
    for (spec::PassedFd const& passed : context.spec.process.fds)
        context.passed.push_back(pass(passed.fd));
    for (size_t i = 0; i < spec::ns_count; i++)
        context.joined[i] = pass(context.spec.namespaces.all[i].fd);
    for (spec::Mount const& mount : context.spec.mounts.list)
        context.sources.push_back(pass(mount.source_fd));
    if (!context.spec.name.text.empty()) {
        context.ops.supervision().control = context.ops.pass({plan::FdSource::control});
        context.ops.supervision().record = context.ops.pass({plan::FdSource::record});
    }
    if (!context.spec.namespaces.offsets.empty()) {
        context.offsets = context.ops.slot();
        context.ops.open_offsets(context.offsets);
    }
}

void open_null(Context& context)
{
    auto const& stdio = context.spec.process.stdio;
    auto const is_null = [](spec::Stdio const& one) { return one.kind == spec::StdioKind::null; };
    if (std::none_of(stdio.begin(), stdio.end(), is_null))
        return;
    context.ops.about({Step::process, {Call::set_stdio, 0}, "/dev/null", "cannot open the host's /dev/null"});
    context.null = context.ops.slot();
    plan::Text const path = context.ops.text("/dev/null");
    context.ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, O_RDWR | O_CLOEXEC | O_NOCTTY, 0, context.null};
    context.ops.add(OpCode::check_device).check_device = {context.null, 1, 3};
}

void add_descriptors(Context& context)
{
    spec::Process const& process = context.spec.process;
    context.ops.about({Step::process, {}, process.argv[0], "cannot prepare the command's process"});
    context.ops.add(OpCode::new_session);
    int highest = 2;
    for (spec::PassedFd const& passed : process.fds)
        highest = std::max(highest, passed.inside);
    if (!process.fds.empty()) {
        context.ops.about({Step::process, process.fds[0].origin, std::to_string(highest),
                           "cannot move the passed descriptors out of the way"});
        int const last = *std::max_element(context.passed.begin(), context.passed.end());
        context.ops.add(OpCode::lift_fds).lift_fds = {highest + 1, last + 1};
    }
    if (process.terminal)
        place_terminal(context);
    for (int number = 0; number < 3; number++) // in this order: standard error may be merged into output
        place_stdio(context, number);
    context.ops.about({Step::process, {}, process.argv[0], "cannot close descriptors on exec"});
    context.ops.add(OpCode::close_from).place_fd = {-1, 3};
    for (size_t i = 0; i < process.fds.size(); i++) {
        context.ops.about(
            {Step::process, process.fds[i].origin, std::to_string(process.fds[i].inside), "cannot pass a descriptor"});
        context.ops.add(OpCode::place_fd).place_fd = {context.passed[i], process.fds[i].inside};
    }
    context.ops.add(OpCode::set_umask).flags = {process.umask};
}

void add_limits(Context& context)
{
    for (spec::Limit const& limit : context.spec.process.limits) {
        context.ops.about({Step::limits, limit.origin, spec::limit_name(limit.resource),
                           concat("cannot set the resource limit ", spec::limit_name(limit.resource))});
        context.ops.add(OpCode::set_limit).set_limit = {limit.resource, limit.soft, limit.hard};
    }
}

void add_directory(Context& context)
{
    spec::Process const& process = context.spec.process;
    host::DirFacts const& cwd = context.facts.cwd;
    std::string const path = process.cwd ? *process.cwd : cwd.path.empty() ? "/" : cwd.path;
    context.ops.about({Step::chdir, process.cwd_origin, path, concat("cannot enter the directory ", quoted(path))});
    plan::Text const name = context.ops.text(path);
    if (!process.cwd && !cwd.path.empty() && context.spec.mounts.any)
        context.ops.add(OpCode::change_dir_if_same).same_dir = {name, cwd.device, cwd.inode};
    else
        context.ops.add(OpCode::change_dir).one_text = {name, 0};
    context.ops.add(OpCode::check_cwd);
}

void add_exec(Context& context)
{
    spec::Process const& process = context.spec.process;
    context.ops.about({Step::process, {}, process.argv[0], "cannot prepare the command's process"});
    context.ops.add(OpCode::default_signals); // late: until then the host is watched by a timer
    if (!process.new_privs) {
        context.ops.about({Step::filter, {}, "no_new_privs", "cannot refuse new privileges"});
        context.ops.add(OpCode::no_new_privs);
    }
    add_confirmation(context);
    if (process.listen_variable >= 0) {
        context.ops.about({Step::process, process.listen_origin, "LISTEN_PID", "cannot announce descriptors"});
        context.ops.add(OpCode::announce_pid).announce_pid = {static_cast<uint32_t>(process.listen_variable)};
    }
    if (!process.new_privs)
        add_filter(context); // the last, so that it has to allow exec and nothing else
    std::string const& command = process.argv[0];
    bool const by_descriptor = context.program >= 0;
    Call const call = by_descriptor ? Call::set_command_fd : Call::set_command;
    context.ops.about({Step::exec, {call, 0}, command, concat("cannot execute ", quoted(command))});
    bool const search = command.find('/') == std::string::npos;
    context.ops.add(OpCode::exec).exec = {by_descriptor ? plan::ExecBy::descriptor
                                          : search      ? plan::ExecBy::search
                                                        : plan::ExecBy::path,
                                          context.program};
}

} // namespace ctr::compile
