// SPDX-License-Identifier: MIT
// passwd, group and subuid: those of a root file system are anybody's.
#include "host/accounts.h"
#include "host/ids.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    std::string_view const name = text.substr(0, text.find(':'));
    (void)ctr::host::find_account(text, name);
    (void)ctr::host::find_account(text, 0U);
    (void)ctr::host::find_group(text, name);
    (void)ctr::host::groups_of(text, name);
    (void)ctr::host::parse_subids(text, name, 1000);
    return 0;
}
