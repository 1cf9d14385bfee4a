// SPDX-License-Identifier: MIT
#include "abi/sized.h"

#include "abi/guard.h"
#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ctr::abi {

namespace {

constexpr uint32_t most_size = 4096; // more is a size that nobody set
constexpr uint32_t first_result_size = offsetof(ctr_result, reserved) + sizeof(uint32_t);
constexpr uint32_t first_options_size = offsetof(ctr_spawn_options, argv) + sizeof(char const* const*);

constexpr uint32_t first_output_size = offsetof(ctr_output, first);
constexpr uint32_t first_event_size = sizeof(ctr_event);

// A caller that set none would have memory behind its struct cleared.
Status check_size(uint32_t size, uint32_t first, Step step, char const* what)
{
    if (size >= first && size <= most_size)
        return Unit{};
    std::string const name = what;
    return Error{.code = Code::invalid,
                 .step = step,
                 .subject = concat("ctr_", name, ".size"),
                 .message = size < first ? concat("the size of the ", name, " is below its first version's")
                                         : concat("the size of the ", name, " is not set: its initialiser does")};
}

// The smaller of both sizes; the rest of the caller's is zero.
template <typename T>
void copy_out(T* to, T const& full, uint32_t size)
{
    std::memcpy(to, &full, std::min<size_t>(size, sizeof full));
    if (size > sizeof full)
        std::memset(reinterpret_cast<unsigned char*>(to) + sizeof full, 0, size - sizeof full);
}

bool has_unknown_tail(ctr_spawn_options const* options)
{
    auto const* bytes = reinterpret_cast<unsigned char const*>(options);
    return std::any_of(bytes + sizeof *options, bytes + std::max<size_t>(options->size, sizeof *options),
                       [](unsigned char byte) { return byte != 0; });
}

} // namespace

int check_options(ctr_spawn_options const* options, Call call, ctr_error** reterr) noexcept
{
    if (options == nullptr)
        return 0;
    Origin const origin{call, 0};
    bool const small = options->size < first_options_size;
    if (small || options->size > most_size)
        return fail(reterr, Error{.code = Code::invalid,
                                  .step = Step::validate,
                                  .subject = "options.size",
                                  .origin = origin,
                                  .message = small ? "the size of the options is below their first version's"
                                                   : "the size of the options is not set: their initialiser does"});
    if (!has_unknown_tail(options))
        return 0;
    (void)fail(reterr, Error{.code = Code::invalid,
                             .step = Step::validate,
                             .sys = E2BIG,
                             .subject = "options.size",
                             .origin = origin,
                             .message = "the options hold members that this version does not know"});
    return -E2BIG;
}

Result<config::Overrides> overrides_of(ctr_spawn_options const* options)
{
    ctr_spawn_options full = CTR_SPAWN_OPTIONS_INIT;
    if (options != nullptr)
        std::memcpy(&full, options, std::min<size_t>(options->size, sizeof full));
    return config::overrides_of(full);
}

Status check_wait(int timeout_ms, ctr_result const* ret)
{
    if (timeout_ms < -1)
        return Error{.code = Code::invalid,
                     .step = Step::wait,
                     .subject = std::to_string(timeout_ms),
                     .message = "a timeout is -1 or more"};
    return check_size(ret->size, first_result_size, Step::wait, "result");
}

void fill_result(ctr_result* ret, container::Outcome const& outcome)
{
    ctr_result full = CTR_RESULT_INIT;
    uint32_t const size = ret->size;
    full.size = size;
    full.kind = outcome.kind;
    full.code = outcome.code;
    full.flags = outcome.flags;
    full.wall_ns = outcome.status.wall_ns;
    full.user_ns = outcome.status.user_ns;
    full.system_ns = outcome.status.system_ns;
    full.peak_memory = outcome.status.peak_bytes;
    full.wall_source = outcome.known ? CTR_SOURCE_CLOCK : CTR_SOURCE_NONE;
    full.cpu_source = outcome.known ? CTR_SOURCE_RUSAGE : CTR_SOURCE_NONE;
    full.memory_source = outcome.known && full.peak_memory > 0 ? CTR_SOURCE_RUSAGE : CTR_SOURCE_NONE;
    copy_out(ret, full, size);
}

Status check_output(ctr_output const* ret) { return check_size(ret->size, first_output_size, Step::process, "output"); }

void fill_output(ctr_output* ret, container::Output const& output)
{
    ctr_output const full{ret->size, 0, output.copied, output.counts.stored, output.counts.seen, output.first};
    copy_out(ret, full, ret->size);
}

Status check_info(ctr_info const* ret) { return check_size(ret->size, sizeof(ctr_info), Step::name, "info"); }

void fill_info(ctr_info* ret, container::State const& state, container::Naming const& naming)
{
    ctr_info full = CTR_INFO_INIT;
    full.size = ret->size;
    full.state = state.state;
    full.pause_method = state.pause_method;
    full.pid = state.pid;
    full.created_ns = naming.created_ns;
    full.ended_ns = state.ended_ns;
    full.name_flags = naming.flags;
    copy_out(ret, full, ret->size);
}

Status check_event(ctr_event const* ret) { return check_size(ret->size, first_event_size, Step::wait, "event"); }

void fill_event(ctr_event* ret, container::Event const& event)
{
    ctr_event full = CTR_EVENT_INIT;
    bool const end = event.kind == CTR_EVENT_ENDED;
    full.size = ret->size;
    full.kind = event.kind;
    full.code = end ? event.outcome.code : event.code;
    full.result_kind = event.outcome.kind;
    full.wall_ns = event.outcome.status.wall_ns;
    full.user_ns = event.outcome.status.user_ns;
    full.system_ns = event.outcome.status.system_ns;
    full.peak_memory = event.outcome.status.peak_bytes;
    copy_out(ret, full, ret->size);
}

} // namespace ctr::abi
