// SPDX-License-Identifier: MIT
// The C boundary: maps a Result to a return code, writes *reterr only on failure, and is the only place that catches
// (but for destructors, base/quietly.h).
#pragma once

#include "base/result.h"

#include <ctr/error.h>

#include <exception>
#include <new>
#include <pthread.h>

struct ctr_error {
    ctr::Error value;
};

namespace ctr::abi {

// The return value of a code: the table of include/ctr/error.h.
int errno_of(Code code);

// Gives the error to the caller where it wants it; the return value of the function.
int fail(ctr_error** reterr, Error const& error) noexcept;

// A cancelled thread unwinds from wherever it waits, through what may not throw: that would end the host.
class Uncancelled {
public:
    Uncancelled() { (void)::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); } // cannot fail
    ~Uncancelled() { (void)::pthread_setcancelstate(before_, nullptr); }
    Uncancelled(Uncancelled const&) = delete;
    Uncancelled& operator=(Uncancelled const&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

template <typename Body>
int guard(ctr_error** reterr, Body body) noexcept
{
    Uncancelled const uncancelled;
    try {
        Status const status = body();
        return status ? 0 : fail(reterr, status.error());
    } catch (std::bad_alloc const&) {
        return fail(reterr, Error{.code = Code::no_memory, .step = Step::none});
    } catch (std::exception const&) { // a length error, say: nothing of the library throws by itself
        return fail(reterr, Error{.code = Code::invalid, .step = Step::none});
    }
}

inline Error missing_argument(char const* name)
{
    return Error{
        .code = Code::invalid, .step = Step::validate, .subject = name, .message = "the argument must not be NULL"};
}

} // namespace ctr::abi
