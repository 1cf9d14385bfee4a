// SPDX-License-Identifier: MIT
// Mount points, with their escapes.
#include "host/mountinfo.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    (void)ctr::host::parse_mount_points({reinterpret_cast<char const*>(data), size});
    return 0;
}
