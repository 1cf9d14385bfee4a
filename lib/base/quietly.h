// SPDX-License-Identifier: MIT
// For destructors: what runs out of memory there stays undone, where somebody comes after who does it.
#pragma once

#include <exception>

namespace ctr {

template <typename Body>
void quietly(Body body) noexcept
{
    try {
        body();
    } catch (std::exception const&) { // nobody could be told
    }
}

} // namespace ctr
