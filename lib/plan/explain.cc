// SPDX-License-Identifier: MIT
#include "plan/explain.h"

#include "base/errno_name.h"
#include "base/text.h"

#include <cerrno>
#include <cstring>
#include <linux/sched.h>

namespace ctr::plan {

namespace {

struct Part {
    char const* name;
    Section section;
};

std::vector<Part> parts_of(Plan const& plan)
{
    return {{"enter", plan.header().enter}, {"setup", plan.header().setup}, {"payload", plan.header().payload}};
}

std::string namespace_list(uint64_t flags)
{
    constexpr std::pair<uint64_t, char const*> names[] = {
        {CLONE_NEWUSER, "user"}, {CLONE_NEWNS, "mount"}, {CLONE_NEWPID, "pid"},
        {CLONE_NEWNET, "net"},   {CLONE_NEWUTS, "uts"},  {CLONE_NEWIPC, "ipc"},
    };
    std::string out;
    for (auto const& [bit, name] : names)
        if ((flags & bit) != 0)
            out += concat(out.empty() ? "" : " ", name);
    return out.empty() ? "none" : out;
}

std::string flat(std::string text)
{
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    for (char& c : text)
        if (c == '\n')
            c = ',';
    return text;
}

std::string row(std::string step, std::string name, std::string const& operands)
{
    step.resize(std::max<size_t>(step.size() + 1, 11), ' ');
    name.resize(std::max<size_t>(name.size() + 1, 16), ' ');
    return concat(step, name, operands, "\n");
}

// What the host makes at each spawn.
std::string made_row(PassedFd const& passed, size_t slot)
{
    constexpr char const* ends[] = {"writing", "reading", "reading"};
    std::string const result = concat(" -> s", std::to_string(slot));
    if (passed.source == FdSource::pipe)
        return row("process", "pipe2",
                   concat("the host keeps the end for ", ends[passed.number], result, " for fd ",
                          std::to_string(passed.number)));
    if (passed.source == FdSource::file)
        return row("process", "open",
                   concat(quoted(passed.path),
                          passed.number == 0 ? " RDONLY"
                          : passed.append    ? " APPEND"
                                             : " TRUNC",
                          result, " for fd ", std::to_string(passed.number)));
    return "";
}

std::string host_duties(Plan const& plan)
{
    std::string out =
        row("launch", "clone3", concat("ctr-init, own namespaces: ", namespace_list(plan.launch.clone_flags)));
    if (plan.launch.unshare_flags != 0)
        out += row("launch", "unshare", namespace_list(plan.launch.unshare_flags));
    if (plan.launch.apart_flags != 0)
        out += row("launch", "unshare", concat(namespace_list(plan.launch.apart_flags), ", in a thread"));
    for (size_t slot = 0; slot < plan.passed.size(); slot++)
        out += made_row(plan.passed[slot], slot);
    if (plan.map.needed && plan.map.by_helper) {
        out += row("map", "newuidmap", flat(plan.map.uid_map));
        out += row("map", "newgidmap", flat(plan.map.gid_map));
    } else if (plan.map.needed) {
        out += row("map", "write", concat("gid_map ", flat(plan.map.gid_map)));
        out += row("map", "write", concat("uid_map ", flat(plan.map.uid_map)));
    }
    return out + row("gate", "open", "");
}

std::string accepted(Op const& op) { return op.accept == 0 ? "" : concat("  (", errno_name(op.accept), " accepted)"); }

std::string fork_line(Plan const& plan)
{
    Supervision const& supervision = plan.header().supervision;
    return row("launch", "clone3",
               concat("the command",
                      (supervision.fork_flags & CLONE_NEWPID) != 0 ? ", as pid 1 of its own pid namespace" : ""));
}

void append_member(std::string& out, char const* name, std::string_view value)
{
    out += concat(",\"", name, "\":");
    append_json_string(out, value);
}

std::string json_op(Plan const& plan, uint32_t index, char const* section, StepName name_of)
{
    Op const& op = plan.ops()[index];
    Line const line = describe(plan, op);
    std::string out = concat("{\"index\":", std::to_string(index));
    append_member(out, "section", section);
    append_member(out, "step", name_of(static_cast<Step>(op.step)));
    append_member(out, "op", line.name);
    append_member(out, "operands", line.operands);
    append_member(out, "subject", plan.text(op.subject));
    out += concat(",\"accept\":", std::to_string(op.accept), "}");
    return out;
}

} // namespace

std::string explain_text(Plan const& plan, StepName name_of)
{
    std::string out = host_duties(plan);
    bool const fork_first = plan.header().supervision.setup_in_command != 0;
    for (Part const& part : parts_of(plan)) {
        bool const forks = std::string_view(part.name) == (fork_first ? "setup" : "payload");
        if (forks)
            out += fork_line(plan);
        for (uint32_t i = part.section.first; i < part.section.first + part.section.count; i++) {
            Op const& op = plan.ops()[i];
            Line const line = describe(plan, op);
            out += row(name_of(static_cast<Step>(op.step)), line.name, concat(line.operands, accepted(op)));
        }
    }
    return out;
}

std::string explain_json(Plan const& plan, StepName name_of)
{
    std::string out = "{\"launch\":";
    append_json_string(out,
                       namespace_list(plan.launch.clone_flags | plan.launch.unshare_flags | plan.launch.apart_flags));
    out +=
        concat(",", plan.reported->members, ",\"map_by_helper\":", plan.map.by_helper ? "true" : "false", ",\"ops\":[");
    bool first = true;
    for (Part const& part : parts_of(plan))
        for (uint32_t i = part.section.first; i < part.section.first + part.section.count; i++) {
            out += first ? "" : ",";
            out += json_op(plan, i, part.name, name_of);
            first = false;
        }
    return concat(out, "]}");
}

} // namespace ctr::plan
