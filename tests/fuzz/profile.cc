// SPDX-License-Identifier: MIT
// Seccomp profiles in JSON, as the engines write them.
#include "spec/profile.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    ctr::Result<ctr::spec::Profile> const profile = ctr::spec::read_profile(text);
    if (!profile && profile.error().message.empty())
        std::abort(); // refused without a word
    return 0;
}
