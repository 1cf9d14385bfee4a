// SPDX-License-Identifier: MIT
// What is written down of a named container: what is understood is written again as it was.
#include "registry/registry.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    std::optional<ctr::registry::Info> const info = ctr::registry::decode(text);
    if (info && !ctr::registry::decode(ctr::registry::encode(*info)))
        std::abort();
    return 0;
}
