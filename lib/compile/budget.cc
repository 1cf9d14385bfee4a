// SPDX-License-Identifier: MIT
// Processor time is counted over every process of the pid namespace, so ctr-init needs a proc of it, whatever the
// command sees as /proc.
#include "compile/compile.h"

#include <fcntl.h>
#include <linux/mount.h>

namespace ctr::compile {

void add_budget(Context& context)
{
    if (context.spec.lifetime.cpu_timeout_ms == 0)
        return;
    context.ops.about({Step::limits, {Call::set_cpu_timeout, 0}, "proc", "cannot count processor time"});
    plan::Supervision& supervision = context.ops.supervision();
    supervision.cpu_ns = context.spec.lifetime.cpu_timeout_ms * 1000000;
    plan::Slot const mount =
        make_filesystem(context, "proc", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    supervision.proc = context.ops.slot();
    plan::Text const top = context.ops.text(".");
    context.ops.add(plan::OpCode::open_at).open_at = {mount, top, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
                                                      supervision.proc}; // it outlives the mount
    context.ops.release(mount);
}

} // namespace ctr::compile
