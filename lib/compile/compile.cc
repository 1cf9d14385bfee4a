// SPDX-License-Identifier: MIT
// The order of a start, and its only home.
#include "compile/compile.h"

namespace ctr::compile {

Result<plan::Plan> compile(spec::Spec const& spec, host::Facts const& facts)
{
    plan::Builder ops;
    plan::Plan plan;
    Context context{spec, facts, ops, plan};
    CTR_TRY(choose_maps(context));
    CTR_TRY(check_landlock(context));
    CTR_TRY(check_limits(context)); // who is counted follows from the maps
    CTR_TRY(prepare_filter(context));
    receive_descriptors(context); // they have the first slots
    add_lifetime(context);

    // In ctr-init. The host has mapped ids; the gate is open.
    ops.begin_enter();
    check_calls(context);      // before any of them counts
    add_oom_score(context);    // while nobody else can look
    write_own_maps(context);   // where the kernel lets it: one id, the caller's own
    enter_namespaces(context); // what the launch could not make
    add_keyring(context);      // here, so that further commands have it too

    // In ctr-init, or in the command's process where that is pid 1: /proc belongs to the pid namespace.
    ops.begin_setup();
    add_hostname(context);
    open_null(context); // while the host's /dev is there
    if (spec.mounts.any) {
        add_root(context);
        add_layers(context);   // mount points that a read-only tree lacks, before anything is mounted on them
        add_mounts(context);   // parents first; a sysfs enters the network namespace that it shows
        enter_root(context);   // host paths are gone from here on
        add_terminal(context); // opened by /dev; the host has its side before the command runs
    }
    add_budget(context);
    add_loopback(context); // as late as can be: it is brought up meanwhile
    add_landlock(context); // mounts can no longer be changed; what ctr-init still opens is allowed
    add_shares(context);   // of every process from here on; the thread that made the network is gone
    confirm_namespaces(context);

    // In the command's process.
    ops.begin_payload();
    add_descriptors(context); // a session of its own too
    add_limits(context);      // as root: a limit may be raised
    add_identity(context);    // groups, group, user, then capabilities
    add_directory(context);   // as the user: only what it may enter
    add_exec(context);        // clean signals, no new privileges; nothing privileged may follow
    return finish(context);
}

} // namespace ctr::compile
