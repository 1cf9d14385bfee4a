// SPDX-License-Identifier: MIT
// Representative plans, and the world they may not change.
#pragma once

#include "abi/guard.h"
#include "abi/handles.h"
#include "container/container.h"
#include "plan/plan.h"
#include "support.h"

#include <optional>
#include <string>
#include <vector>

namespace fault {

// What the tests start containers from: a root, bind sources, a descriptor to pass, and a named pipe without a writer.
// Everything is in one directory.
class World {
public:
    explicit World(char const* payload);
    World(World const&) = delete;
    World& operator=(World const&) = delete;
    ~World();

    std::string path(char const* name) const { return directory_ + "/" + name; }
    std::string const& root() const { return root_; }
    int passed() const { return passed_; }

    // Whether only what the plan says it creates was created; that is removed again. Each difference is told.
    bool unchanged(ctr::plan::Plan const& plan) const;

private:
    void fill();

    std::string directory_;
    std::string root_;
    int passed_ = -1; // a pipe's end
    std::string files_before_;
    std::string mounts_before_;
};

struct Variant {
    char const* name;
    void (*shape)(World const&, ctr_config*);
    bool needs_admin = false;
    bool needs_ranges = false;
};

// Host root, init outside, a shared pid namespace, a single id, layers, …
std::vector<Variant> const& variants();

// Why the variant cannot be made here, or nothing.
std::string obstacle(Variant const& variant);

ctr_config* config_of(World const& world, Variant const& variant);

// The plan of a config, or none: then the error is told.
std::optional<ctr::plan::Plan> plan_of(ctr_config const* config);

// A container for further commands, the spec of one that asks for everything there is, and its plan. @stop is a
// descriptor that becomes its standard input and so has slot 0; -1 gives it a terminal instead.
ctr_config* box_config(World const& world);
ctr_config* further_config(World const& world, int stop);
std::optional<ctr::plan::Plan> further_plan(ctr_config const* config);

} // namespace fault
