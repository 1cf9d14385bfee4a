// SPDX-License-Identifier: MIT
// Landlock: ctr-init restricts itself when everything is set up, and with it every process of the container, further
// commands too. It needs no no_new_privs, because ctr-init has SYS_ADMIN in its user namespace.
#include "compile/compile.h"

#include "base/text.h"
#include "plan/report.h"

namespace ctr::compile {

namespace {

using plan::OpCode;

// The versions of Landlock that brought something. Before the third a file that may not be written can be truncated.
constexpr int with_truncate = 3;
constexpr int with_ports = 4;
constexpr int with_scopes = 6;

// LANDLOCK_ACCESS_FS_*: the kernel's header may not have all of them.
constexpr uint64_t fs_execute = 1 << 0;
constexpr uint64_t fs_read = 1 << 2 | 1 << 3;  // files, directories
constexpr uint64_t fs_write = 1 << 1 | 0x1ff0; // files; remove and make of every kind
constexpr uint64_t fs_refer = 1 << 13;         // rename into another directory
constexpr uint64_t fs_truncate = 1 << 14;

constexpr size_t small_ruleset = 8; // what version 1 knows; 4 and 6 added a word each

struct Effect {
    uint64_t paths = 0;
    uint64_t ports = 0;
    uint64_t scope = 0;
    bool whole = true;
};

uint64_t known_paths(int version)
{
    return fs_execute | fs_read | fs_write | (version >= 2 ? fs_refer : 0) |
           (version >= with_truncate ? fs_truncate : 0);
}

uint64_t path_access(uint64_t wish, int version)
{
    uint64_t access = 0;
    if ((wish & CTR_LANDLOCK_READ) != 0)
        access |= fs_read;
    if ((wish & CTR_LANDLOCK_WRITE) != 0)
        access |= fs_write | fs_refer | fs_truncate;
    if ((wish & CTR_LANDLOCK_EXECUTE) != 0)
        access |= fs_execute;
    return access & known_paths(version);
}

// What can be in force. The public bits of ports and scopes are the kernel's.
Effect effect_of(Context const& context)
{
    spec::Landlock const& landlock = context.spec.landlock;
    int const version = context.facts.landlock;
    Effect effect;
    if (!landlock.paths.empty() && version > 0)
        effect.paths = known_paths(version);
    for (config::LandlockPort const& port : landlock.ports)
        effect.ports |= version >= with_ports ? port.access : 0;
    effect.scope = version >= with_scopes ? landlock.scope : 0;
    effect.whole = (landlock.paths.empty() || version >= with_truncate) &&
                   (landlock.ports.empty() || version >= with_ports) && (landlock.scope == 0 || version >= with_scopes);
    return effect;
}

Error too_old(Context const& context, int needed, Origin origin, std::string subject)
{
    int const version = context.facts.landlock;
    return Error{.code = Code::unsupported,
                 .step = Step::filter,
                 .subject = std::move(subject),
                 .origin = origin,
                 .message = version == 0 ? "this kernel does not offer Landlock"
                                         : concat("this needs version ", std::to_string(needed),
                                                  " of Landlock, and the kernel has ", std::to_string(version))};
}

void allow(Context& context, plan::Slot rules, config::LandlockPath const& path)
{
    context.ops.about({Step::filter, path.origin, path.path, concat("cannot allow ", quoted(path.path))});
    plan::Text const text = context.ops.text(path.path);
    context.ops.add(OpCode::allow_path).allow_path = {rules, -1, text, 0,
                                                      path_access(path.access, context.facts.landlock)};
}

// ctr-init reads there how much processor time was used.
void allow_own_proc(Context& context, plan::Slot rules)
{
    plan::Slot const proc = context.ops.supervision().proc;
    if (proc < 0 || context.spec.landlock.paths.empty())
        return;
    context.ops.about({Step::filter, {}, "proc", "cannot allow ctr-init its proc"});
    context.ops.add(OpCode::allow_path).allow_path = {rules, proc, {0}, 0, fs_read};
}

} // namespace

Status check_landlock(Context& context)
{
    spec::Landlock const& landlock = context.spec.landlock;
    int const version = context.facts.landlock;
    if (effect_of(context).whole)
        return Unit{};
    if (!landlock.required) {
        context.plan.reported->notices.push_back(
            concat("Landlock is not wholly in force: the kernel has version ", std::to_string(version)));
        return Unit{};
    }
    if (!landlock.paths.empty() && version < with_truncate)
        return too_old(context, with_truncate, landlock.paths[0].origin, landlock.paths[0].path);
    if (!landlock.ports.empty() && version < with_ports)
        return too_old(context, with_ports, landlock.ports[0].origin, std::to_string(landlock.ports[0].port));
    return too_old(context, with_scopes, landlock.scope_origin, "scope");
}

void add_landlock(Context& context)
{
    spec::Landlock const& landlock = context.spec.landlock;
    Effect const effect = effect_of(context);
    if ((effect.paths | effect.ports | effect.scope) == 0)
        return;
    int const version = context.facts.landlock;
    size_t const words = version >= with_scopes ? 3 : version >= with_ports ? 2 : 1;
    context.ops.about({Step::filter, {}, "landlock", "cannot restrict by Landlock"});
    plan::Slot const rules = context.ops.slot();
    context.ops.add(OpCode::make_rules).make_rules = {effect.paths, effect.ports, effect.scope,
                                                      static_cast<uint32_t>(words * small_ruleset), rules};
    for (config::LandlockPath const& path : landlock.paths)
        allow(context, rules, path);
    allow_own_proc(context, rules);
    for (config::LandlockPort const& port : landlock.ports) {
        if (effect.ports == 0)
            break; // preferred, and not there
        std::string const number = std::to_string(port.port);
        context.ops.about({Step::filter, port.origin, number, concat("cannot allow the port ", number)});
        context.ops.add(OpCode::allow_port).allow_port = {rules, port.port, port.access};
    }
    context.ops.about({Step::filter, {}, "landlock", "cannot restrict by Landlock"});
    context.ops.add(OpCode::restrict_self).one_slot = {rules};
    context.ops.release(rules);
}

// Everything that the wish denies on a kernel that knows all of it.
std::string landlock_requested(Context const& context)
{
    spec::Landlock const& landlock = context.spec.landlock;
    if (!landlock.any())
        return "null";
    plan::LandlockValues values;
    values.paths = landlock.paths.empty() ? 0 : known_paths(with_truncate);
    for (config::LandlockPort const& port : landlock.ports)
        values.ports |= port.access;
    values.scope = landlock.scope;
    return concat("{\"required\":", landlock.required ? "true" : "false", ",", plan::landlock_json(values), "}");
}

// What was asked for, and whether all of it is in force.
std::string landlock_report(Context const& context)
{
    spec::Landlock const& landlock = context.spec.landlock;
    if (!landlock.any())
        return "null";
    Effect const effect = effect_of(context);
    auto const in_force = [](bool asked, bool have) { return !asked ? "\"none\"" : have ? "true" : "false"; };
    return concat("{\"version\":", std::to_string(context.facts.landlock),
                  ",\"required\":", landlock.required ? "true" : "false",
                  ",\"paths\":", in_force(!landlock.paths.empty(), effect.paths != 0),
                  ",\"ports\":", in_force(!landlock.ports.empty(), effect.ports != 0),
                  ",\"scope\":", in_force(landlock.scope != 0, effect.scope != 0),
                  ",\"whole\":", effect.whole ? "true" : "false", "}");
}

} // namespace ctr::compile
