// SPDX-License-Identifier: MIT
// The plan of a further command: the payload's section and nothing else, because ctr-init forks it off inside.
#include "compile/compile.h"

#include "base/text.h"

namespace ctr::compile {

Result<plan::Plan> compile_join(spec::Spec const& spec, host::Facts const& facts, bool may_set_groups)
{
    plan::Builder ops;
    plan::Plan plan;
    Context context{spec, facts, ops, plan};
    context.may_set_groups = may_set_groups;
    CTR_TRY(prepare_filter(context));
    receive_descriptors(context);
    ops.supervision().timeout_ns = spec.lifetime.timeout_ms * 1000000;
    ops.supervision().kill_after_ns = spec.lifetime.kill_after_ms * 1000000;
    plan.timeout_ms = spec.lifetime.timeout_ms;
    plan.kill_after_ms = spec.lifetime.kill_after_ms;
    ops.begin_enter();
    ops.begin_setup();
    ops.begin_payload();
    open_master_by_name(context);
    add_terminal(context); // the host has its side before the command runs
    add_descriptors(context);
    add_limits(context);
    add_identity(context);
    add_directory(context);
    add_exec(context);
    return finish(context);
}

} // namespace ctr::compile
