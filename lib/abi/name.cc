// SPDX-License-Identifier: MIT
#include "abi/guard.h"
#include "abi/handles.h"
#include "abi/sized.h"
#include "base/text.h"
#include "config/shape.h"

#include <ctr/name.h>

#include <cstdlib>
#include <cstring>

namespace config = ctr::config;
using ctr::Call;
using ctr::Code;
using ctr::Error;
using ctr::Result;
using ctr::Status;
using ctr::Step;
using ctr::Unit;
using ctr::abi::guard;
using ctr::abi::missing_argument;

namespace {

Error wrong(char const* subject, std::string message)
{
    return Error{.code = Code::invalid, .step = Step::name, .subject = subject, .message = std::move(message)};
}

Status check_directory(char const* path)
{
    if (path == nullptr)
        return missing_argument("state_directory");
    if (std::string fault = config::path_fault(path, true); !fault.empty())
        return wrong(path, std::move(fault));
    return Unit{};
}

Status check_place(char const* directory, char const* name)
{
    CTR_TRY(check_directory(directory));
    if (name == nullptr)
        return missing_argument("name");
    if (!ctr::is_name(name))
        return wrong(name, "this cannot be a container's name");
    return Unit{};
}

// One block: pointers, then what they point to.
char** block_of(std::vector<std::string> const& names)
{
    size_t bytes = (names.size() + 1) * sizeof(char*);
    for (std::string const& name : names)
        bytes += name.size() + 1;
    auto** const block = static_cast<char**>(std::malloc(bytes));
    if (block == nullptr)
        throw std::bad_alloc();
    auto* at = reinterpret_cast<char*>(block + names.size() + 1);
    for (size_t i = 0; i < names.size(); i++) {
        block[i] = at;
        std::memcpy(at, names[i].c_str(), names[i].size() + 1);
        at += names[i].size() + 1;
    }
    block[names.size()] = nullptr;
    return block;
}

} // namespace

int ctr_config_set_name(ctr_config* config, char const* name, uint64_t flags)
{
    return ctr::abi::set(config, [&](config::Config& c) { return config::set_name(c, name, flags); });
}

int ctr_config_set_state_directory(ctr_config* config, char const* path)
{
    return ctr::abi::set(config, [&](config::Config& c) { return config::set_state_directory(c, path); });
}

int ctr_open(char const* state_directory, char const* name, uint64_t flags, ctr_container** ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (ret == nullptr)
            return missing_argument("ret");
        CTR_TRY(check_place(state_directory, name));
        if ((flags & ~CTR_OPEN_LOOK) != 0)
            return wrong(std::to_string(flags).c_str(), "there is no such flag of opening a name");
        auto handle = std::make_unique<ctr_container>();
        handle->value = CTR_TRY(ctr::container::open(state_directory, name, flags));
        *ret = handle.release();
        return Unit{};
    });
}

int ctr_names(char const* state_directory, char*** ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (ret == nullptr)
            return missing_argument("ret");
        CTR_TRY(check_directory(state_directory));
        *ret = block_of(CTR_TRY(ctr::container::names(state_directory)));
        return Unit{};
    });
}

int ctr_remove(char const* state_directory, char const* name, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        CTR_TRY(check_place(state_directory, name));
        return ctr::container::remove(state_directory, name);
    });
}

int ctr_container_info(ctr_container* container, ctr_info* ret, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr || ret == nullptr)
            return missing_argument(container == nullptr ? "container" : "ret");
        CTR_TRY(ctr::abi::check_info(ret));
        ctr::container::State const state = container->value->state();
        ctr::abi::fill_info(ret, state, container->value->naming());
        return Unit{};
    });
}

char const* ctr_container_name(ctr_container const* container)
{
    return container == nullptr ? "" : container->value->naming().name.c_str();
}

char const* const* ctr_container_command(ctr_container const* container)
{
    static constexpr char const* none[] = {nullptr};
    return container == nullptr ? none : container->value->command();
}

int ctr_pause(ctr_container* container, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr)
            return missing_argument("container");
        return container->value->pause(true);
    });
}

int ctr_resume(ctr_container* container, ctr_error** reterr)
{
    return guard(reterr, [&]() -> Status {
        if (container == nullptr)
            return missing_argument("container");
        return container->value->pause(false);
    });
}
