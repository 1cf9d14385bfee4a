// SPDX-License-Identifier: MIT
#include "abi/guard.h"
#include "abi/handles.h"
#include "abi/sized.h"

#include <cerrno>
#include <cstring>

using ctr::Status;
using ctr::Unit;
using ctr::abi::guard;
using ctr::abi::missing_argument;

namespace {

Status explain(ctr_config const* config, char** ret, bool json)
{
    if (config == nullptr || ret == nullptr)
        return missing_argument(config == nullptr ? "config" : "ret");
    std::string const text = CTR_TRY(ctr::container::explain(config->value, json));
    char* copy = ::strdup(text.c_str());
    if (copy == nullptr)
        throw std::bad_alloc();
    *ret = copy;
    return Unit{};
}

Status exec(ctr_container* container, ctr_config const* config, ctr_spawn_options const* options, ctr_container** ret)
{
    if (container == nullptr || config == nullptr || ret == nullptr)
        return missing_argument(container == nullptr ? "container" : config == nullptr ? "config" : "ret");
    ctr::config::Overrides const overrides = CTR_TRY(ctr::abi::overrides_of(options));
    auto handle = std::make_unique<ctr_container>();
    handle->value = CTR_TRY(container->value->exec(config->value, overrides));
    *ret = handle.release();
    return Unit{};
}

// Options are the same for both calls; the error is the one's that was made.
Status of_exec(Status status)
{
    if (status || status.error().origin.call != ctr::Call::spawn_options)
        return status;
    ctr::Error error = status.error();
    error.origin.call = ctr::Call::exec_options;
    return error;
}

} // namespace

int ctr_spawn(ctr_config const* config, ctr_container** ret, ctr_error** reterr)
{
    return ctr_spawn_with(config, nullptr, ret, reterr);
}

int ctr_spawn_with(ctr_config const* config, ctr_spawn_options const* options, ctr_container** ret, ctr_error** reterr)
{
    if (int const bad = ctr::abi::check_options(options, ctr::Call::spawn_options, reterr); bad != 0)
        return bad;
    return guard(reterr, [&]() -> Status {
        if (config == nullptr || ret == nullptr)
            return missing_argument(config == nullptr ? "config" : "ret");
        ctr::config::Overrides const overrides = CTR_TRY(ctr::abi::overrides_of(options));
        auto handle = std::make_unique<ctr_container>();
        handle->value = CTR_TRY(ctr::container::start(config->value, overrides, config->program, config->kept));
        *ret = handle.release();
        return Unit{};
    });
}

int ctr_explain(ctr_config const* config, char** ret_json, ctr_error** reterr)
{
    return guard(reterr, [&] { return explain(config, ret_json, true); });
}

int ctr_explain_text(ctr_config const* config, char** ret_text, ctr_error** reterr)
{
    return guard(reterr, [&] { return explain(config, ret_text, false); });
}

int ctr_wait(ctr_container* container, int timeout_ms, ctr_result* ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr || ret == nullptr)
            return missing_argument(container == nullptr ? "container" : "ret");
        CTR_TRY(ctr::abi::check_wait(timeout_ms, ret));
        ctr::abi::fill_result(ret, CTR_TRY(container->value->wait(timeout_ms)));
        return Unit{};
    });
}

int ctr_kill(ctr_container* container, int signal, uint32_t which, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr)
            return missing_argument("container");
        return container->value->kill(signal, which);
    });
}

int ctr_container_output(ctr_container* container, int number, uint64_t offset, void* buffer, size_t length,
                         ctr_output* ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        bool const nowhere = buffer == nullptr && length > 0;
        if (container == nullptr || ret == nullptr || nowhere)
            return missing_argument(container == nullptr ? "container" : ret == nullptr ? "ret" : "buffer");
        CTR_TRY(ctr::abi::check_output(ret));
        ctr::abi::fill_output(ret, CTR_TRY(container->value->output(number, offset, buffer, length)));
        return Unit{};
    });
}

int ctr_container_event_fd(ctr_container const* container)
{
    return container == nullptr ? ctr::abi::errno_of(ctr::Code::invalid) : container->value->event_fd();
}

int ctr_next_event(ctr_container* container, ctr_event* ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr || ret == nullptr)
            return missing_argument(container == nullptr ? "container" : "ret");
        CTR_TRY(ctr::abi::check_event(ret));
        ctr::abi::fill_event(ret, CTR_TRY(container->value->next_event()));
        return Unit{};
    });
}

int ctr_exec(ctr_container* container, ctr_config const* config, ctr_spawn_options const* options, ctr_container** ret,
             ctr_error** reterr)
{
    if (int const bad = ctr::abi::check_options(options, ctr::Call::exec_options, reterr); bad != 0)
        return bad;
    return guard(reterr, [&] { return of_exec(exec(container, config, options, ret)); });
}

int ctr_resize(ctr_container* container, uint32_t rows, uint32_t columns, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr)
            return missing_argument("container");
        return container->value->resize(rows, columns);
    });
}

int ctr_container_terminal(ctr_container const* container)
{
    if (container == nullptr)
        return ctr::abi::errno_of(ctr::Code::invalid);
    int const terminal = container->value->terminal();
    return terminal < 0 ? -ENOTTY : terminal;
}

int ctr_container_seccomp_fd(ctr_container const* container)
{
    if (container == nullptr)
        return ctr::abi::errno_of(ctr::Code::invalid);
    int const listener = container->value->seccomp_listener();
    return listener < 0 ? -EBADF : listener;
}

int ctr_container_pidfd(ctr_container const* container)
{
    return container == nullptr ? ctr::abi::errno_of(ctr::Code::invalid) : container->value->pidfd();
}

int ctr_container_stdio(ctr_container const* container, int number)
{
    return container == nullptr ? ctr::abi::errno_of(ctr::Code::invalid) : container->value->stdio(number);
}

int ctr_container_take_stdio(ctr_container* container, int number)
{
    return container == nullptr ? ctr::abi::errno_of(ctr::Code::invalid) : container->value->take_stdio(number);
}

char const* ctr_container_report(ctr_container const* container)
{
    char const* text = ""; // stays where there is no memory for it
    (void)guard(nullptr, [&]() -> Status {
        if (container != nullptr)
            text = container->value->report();
        return Unit{};
    });
    return text;
}

char const* ctr_container_notice(ctr_container const* container, uint32_t index)
{
    return container == nullptr ? nullptr : container->value->notice(index);
}

int ctr_container_detach(ctr_container* container)
{
    if (container == nullptr)
        return ctr::abi::errno_of(ctr::Code::invalid);
    container->value->detach();
    return 0;
}

void ctr_container_free(ctr_container* container)
{
    ctr::abi::Uncancelled const uncancelled;
    delete container;
}

char const* ctr_version(void) { return CTR_VERSION; }
