// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "compile/bpf.h"
#include "host/facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

namespace ctr::compile {

// Pure: the same spec and facts give the same plan.
Result<plan::Plan> compile(spec::Spec const& spec, host::Facts const& facts);

// Pure, and known before anything is surveyed.
plan::Launch launch_of(spec::Spec const& spec);

// Of a further command in a container that runs. Pure.
Result<plan::Plan> compile_join(spec::Spec const& spec, host::Facts const& facts, bool may_set_groups);

struct Sealed {
    plan::Slot mount;
    uint32_t attributes;
    std::string target; // "" where the report is silent about it
};

// What the steps share while a plan grows. One file per step.
struct Context {
    spec::Spec const& spec;
    host::Facts const& facts;
    plan::Builder& ops;
    plan::Plan& plan;
    plan::Slot root = -1;                 // the container's root
    int stacked = 0;                      // mounts on the old root, below the new one
    plan::Slot scratch = -1;              // a tmpfs that is gone after the pivot; what is bound from it stays
    std::vector<Sealed> sealed_last = {}; // made read-only when every mount point in them is made
    plan::Slot directory_mask = -1;       // the first of its kind, for the others
    plan::Slot file_mask = -1;
    plan::Slot offsets = -1;      // /proc/self/timens_offsets, open from the start
    plan::Slot null = -1;         // /dev/null of the host
    bool network_entered = false; // the one that was made apart
    bool maps_group_five = false; // the tty group of devpts
    bool may_set_groups = true;
    uint64_t command_id = no_id; // the command's user and ctr-init's, as the caller's namespace has them
    uint64_t init_id = no_id;
    bool maps_one_user = false;
    std::string own_uid_map = {}; // written by ctr-init itself; "" where the host does it
    std::string own_gid_map = {};
    std::optional<std::pair<uint32_t, uint32_t>> own_ids = {}; // ctr-init's, where the caller's are not mapped
    std::vector<plan::Slot> stdio = {-1, -1, -1};              // slots of given descriptors
    plan::Slot program = -1;                                   // executed instead of a path
    plan::Slot master = -1;                                    // of the terminal, for the host
    plan::Slot terminal = -1;                                  // the command's side of it
    Program filter = {};                                       // of system calls; none where there is no filter
    std::vector<plan::Slot> passed = {};
    std::vector<plan::Slot> joined = std::vector<plan::Slot>(spec::ns_count, -1);
    std::vector<plan::Slot> sources = {}; // of mounts given as descriptors
    std::vector<plan::Slot> cloned = {};  // of binds whose source had to be cloned first
};

// Whether ctr-init has to stay outside of the command's pid namespace. (lifetime.cc)
bool is_outside(spec::Spec const& spec);

std::string limits_report(Context const& context); // limits.cc

// What the command has left of its user namespace. (identity.cc)
spec::Capabilities kept_capabilities(Context const& context);
std::vector<uint32_t> groups_in_force(Context const& context); // where they can be set

Status choose_maps(Context& context);    // identity.cc
Status check_limits(Context& context);   // limits.cc
Status check_landlock(Context& context); // landlock.cc
void add_landlock(Context& context);     // landlock.cc
std::string landlock_report(Context const& context);
Status prepare_filter(Context& context);       // filter.cc
void receive_descriptors(Context& context);    // process.cc
void add_oom_score(Context& context);          // limits.cc
void add_shares(Context& context);             // limits.cc
void add_lifetime(Context& context);           // lifetime.cc
void write_own_maps(Context& context);         // identity.cc
void enter_namespaces(Context& context);       // namespaces.cc
void add_hostname(Context& context);           // namespaces.cc
void add_budget(Context& context);             // budget.cc
void enter_network(Context& context);          // namespaces.cc
void add_terminal(Context& context);           // terminal.cc
void add_loopback(Context& context);           // namespaces.cc
void open_null(Context& context);              // process.cc
void add_root(Context& context);               // root.cc
void add_layers(Context& context);             // layers.cc
void clone_early(Context& context);            // mounts.cc
void add_mounts(Context& context);             // mounts.cc
void enter_root(Context& context);             // root.cc
void add_descriptors(Context& context);        // process.cc
void add_limits(Context& context);             // process.cc
void add_identity(Context& context);           // identity.cc
void add_keyring(Context& context);            // identity.cc
bool refuses_keys(spec::Filter const& filter); // likewise
void add_confirmation(Context& context);       // confirm.cc
void add_directory(Context& context);          // process.cc
void add_filter(Context& context);             // filter.cc
void add_exec(Context& context);               // process.cc
plan::Plan finish(Context& context);           // finish.cc
void check_calls(Context& context);            // confirm.cc
void confirm_namespaces(Context& context);     // confirm.cc
// What was set on a mount; it is in the report where @target is not empty. (confirm.cc)
void confirm_mount(Context& context, plan::Slot mount, uint64_t attributes, std::string_view target);
std::string namespaces_requested(spec::Namespaces const& namespaces); // JSON
std::string requested_report(Context const& context);                 // requested.cc
std::string landlock_requested(Context const& context);               // landlock.cc

// Shared by the mount steps. (mounts.cc, targets.cc)
plan::Slot make_filesystem(Context& context, char const* type,
                           std::vector<std::pair<std::string, std::string>> const& options, uint32_t attributes);
void attach(Context& context, plan::Slot tree, plan::Slot target); // and releases both
void attach_at(Context& context, plan::Slot tree, plan::Slot dir, std::string_view name);
plan::Slot open_target(Context& context, size_t mount); // made first where it is missing
plan::Slot clone_tree(Context& context, plan::Slot dir, std::string_view path, bool recursive);
void set_attributes(Context& context, plan::Slot mount, uint64_t attributes, bool recursive,
                    std::string_view target = {}); // in the report; none for what nobody asked for
plan::Slot open_inside(Context& context, plan::Slot root, std::string_view path, uint64_t flags, bool links);
void add_devices(Context& context, size_t mount);                                          // devices.cc
void open_master(Context& context, plan::Slot devpts);                                     // terminal.cc
void open_master_by_name(Context& context);                                                // terminal.cc
void place_terminal(Context& context);                                                     // terminal.cc
void protect_system_paths(Context& context, plan::Slot mounted, spec::Mount const& mount); // system.cc
uint32_t attributes_of(spec::MountFlags const& flags);

} // namespace ctr::compile
