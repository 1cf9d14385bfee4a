// SPDX-License-Identifier: MIT
// Limits that need no control group: set once, by the process that all others come from, further commands too.
#include "compile/compile.h"

#include "base/text.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

Error pids_error(Context const& context, std::string message)
{
    return Error{.code = Code::unsupported,
                 .step = Step::limits,
                 .subject = std::to_string(context.spec.limits.pids->value),
                 .origin = context.spec.limits.pids->origin,
                 .message = std::move(message)};
}

// The kernel exempts the root of the host, by its id and not by its capabilities.
bool is_host_root(Context const& context)
{
    if (context.command_id != 0)
        return false;
    for (IdRange const& range : context.facts.caller.uid_map)
        if (range.inside == 0)
            return range.outside == 0;
    return true;
}

bool may_change_user(Context const& context)
{
    bool const keeps = (context.spec.identity.capabilities.keep >> CAP_SETUID & 1) != 0;
    return !context.maps_one_user && keeps && context.facts.user.uid == 0;
}

// ctr-init is not counted: where its id is the command's there is one more.
uint64_t counted(Context const& context)
{
    auto const asked = static_cast<uint64_t>(context.spec.limits.pids->value);
    return context.init_id == context.command_id ? asked + 1 : asked;
}

void append(std::string& out, char const* name, std::string_view value)
{
    out += concat(out.empty() ? "" : ",", "\"", name, "\":", value);
}

} // namespace

Status check_limits(Context& context)
{
    if (!context.spec.limits.pids)
        return Unit{};
    if (context.command_id == no_id)
        return pids_error(context, "a limit on processes needs a user namespace of the container's own");
    if (is_host_root(context))
        return pids_error(context, "the kernel does not count the processes of the host's root, which the command is");
    if (may_change_user(context))
        context.plan.reported->notices.push_back(
            "the limit on processes holds for each user id on its own, and the command may "
            "change its id (map a single id, or drop SETUID)");
    return Unit{};
}

// ctr-init writes its own, and all others inherit it. Only a dumpable process owns its files in /proc.
void add_oom_score(Context& context)
{
    if (!context.spec.limits.oom_score_adj)
        return;
    std::string const value = std::to_string(context.spec.limits.oom_score_adj->value);
    context.ops.about(
        {Step::limits, context.spec.limits.oom_score_adj->origin, value, "cannot adjust the out-of-memory score"});
    plan::Slot const file = context.ops.slot();
    plan::Text const path = context.ops.text("/proc/self/oom_score_adj");
    plan::Text const data = context.ops.text(value);
    context.ops.add(OpCode::set_dumpable).flags = {1};
    context.ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, O_WRONLY | O_CLOEXEC, 0, file};
    context.ops.add(OpCode::write_file).write_file = {file, data, static_cast<uint32_t>(value.size())};
    context.ops.release(file);
    context.ops.add(OpCode::set_dumpable).flags = {0};
}

void add_shares(Context& context)
{
    spec::Limits const& limits = context.spec.limits;
    if (limits.nice) {
        std::string const value = std::to_string(limits.nice->value);
        context.ops.about({Step::limits, limits.nice->origin, value, concat("cannot set the nice value ", value)});
        context.ops.add(OpCode::set_nice).flags = {static_cast<uint64_t>(limits.nice->value)};
    }
    if (limits.processors) {
        std::vector<unsigned char> const& mask = limits.processors->mask;
        context.ops.about({Step::limits, limits.processors->origin, limits.processors->list,
                           concat("cannot run on the processors ", limits.processors->list)});
        plan::Text const bytes = context.ops.blob(mask.data(), mask.size(), sizeof(uint64_t));
        context.ops.add(OpCode::set_processors).one_text = {bytes, static_cast<uint32_t>(mask.size())};
    }
    if (limits.own_cores) {
        context.ops.about({Step::limits, limits.cores_origin, "core scheduling", "cannot have processor cores alone"});
        context.ops.add(OpCode::own_cores);
    }
    if (limits.pids) {
        std::string const value = std::to_string(limits.pids->value);
        context.ops.about({Step::limits, limits.pids->origin, value, concat("cannot limit processes to ", value)});
        uint64_t const count = counted(context);
        context.ops.add(OpCode::limit_processes).set_limit = {RLIMIT_NPROC, count, count};
    }
}

// What was asked for, and what it is made of.
std::string limits_report(Context const& context)
{
    spec::Limits const& limits = context.spec.limits;
    std::string out;
    if (limits.pids)
        append(out, "pids",
               concat("{\"limit\":", std::to_string(limits.pids->value), ",\"by\":\"rlimit\",\"counts\":\"",
                      may_change_user(context) ? "each user id" : "the container", "\"}"));
    if (limits.oom_score_adj)
        append(out, "oom_score_adj", std::to_string(limits.oom_score_adj->value));
    if (limits.nice)
        append(out, "nice", std::to_string(limits.nice->value));
    if (limits.processors)
        append(out, "processors", concat("{\"list\":\"", limits.processors->list, "\",\"by\":\"affinity\"}"));
    if (limits.own_cores)
        append(out, "core_scheduling", "\"own\"");
    return concat("{", out, "}");
}

} // namespace ctr::compile
