// SPDX-License-Identifier: MIT
// The beginning of a file that could not be executed.
#include "diagnose/elf.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const start(reinterpret_cast<char const*>(data), size);
    (void)ctr::diagnose::parse_elf(start);
    (void)ctr::diagnose::parse_shebang(start);
    return 0;
}
