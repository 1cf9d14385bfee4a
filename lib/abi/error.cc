// SPDX-License-Identifier: MIT
#include "abi/guard.h"
#include "diagnose/diagnose.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

using ctr::Code;

static_assert(static_cast<int>(Code::invalid) == CTR_ERR_INVALID);
static_assert(static_cast<int>(Code::no_command) == CTR_ERR_NO_COMMAND);
static_assert(static_cast<int>(Code::timed_out) == CTR_ERR_TIMED_OUT);
static_assert(static_cast<int>(Code::cancelled) == CTR_ERR_CANCELLED);
static_assert(static_cast<int>(Code::again) == CTR_ERR_AGAIN);
static_assert(static_cast<int>(Code::exists) == CTR_ERR_EXISTS);

} // namespace

namespace ctr::abi {

int errno_of(Code code)
{
    constexpr int values[] = {0,          -EINVAL, -ENOENT, -EPERM, -EOPNOTSUPP, -EAGAIN,    -ENOENT, -ENOEXEC,
                              -ETIMEDOUT, -ENOMEM, -ESRCH,  -EPIPE, -EIO,        -ECANCELED, -EAGAIN, -EEXIST};
    return values[static_cast<size_t>(code)];
}

int fail(ctr_error** reterr, Error const& error) noexcept
{
    if (reterr != nullptr) {
        try {
            auto made = std::make_unique<ctr_error>(ctr_error{error});
            if (error.code == Code::no_memory && error.message.empty())
                made->value.message = "out of memory"; // short enough to need none
            *reterr = made.release();
        } catch (std::bad_alloc const&) {
            *reterr = nullptr; // the return value is all there is
        }
    }
    return errno_of(error.code);
}

} // namespace ctr::abi

int ctr_error_code(ctr_error const* error)
{
    return error == nullptr ? CTR_ERR_NONE : static_cast<int>(error->value.code);
}

char const* ctr_error_step(ctr_error const* error)
{
    return error == nullptr ? "" : ctr::diagnose::step_name(error->value.step);
}

int ctr_error_errno(ctr_error const* error) { return error == nullptr ? 0 : error->value.sys; }

char const* ctr_error_subject(ctr_error const* error) { return error == nullptr ? "" : error->value.subject.c_str(); }

char const* ctr_error_call(ctr_error const* error)
{
    return error == nullptr ? "" : ctr::diagnose::call_name(error->value.origin.call);
}

int ctr_error_index(ctr_error const* error) { return error == nullptr ? -1 : error->value.origin.index; }

char const* ctr_error_message(ctr_error const* error) { return error == nullptr ? "" : error->value.message.c_str(); }

char const* ctr_error_hint(ctr_error const* error) { return error == nullptr ? "" : error->value.hint.c_str(); }

char* ctr_error_to_json(ctr_error const* error)
{
    char* json = nullptr;
    (void)ctr::abi::guard(nullptr, [&]() -> ctr::Status { // the answer is NULL when memory runs out
        json = ::strdup(error == nullptr ? "null" : ctr::diagnose::error_json(error->value).c_str());
        return ctr::Unit{};
    });
    return json;
}

void ctr_error_free(ctr_error* error) { delete error; }
