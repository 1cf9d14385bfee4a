// SPDX-License-Identifier: MIT
// What a C++ library that was configured for glibc wants of it, and musl does not have.
#include <cstddef>
#include <cstdint>
#include <link.h>

extern "C" {

// Nobody says here when the first thread starts: counters are always atomic.
char __libc_single_threaded = 0;

// As <dlfcn.h> of glibc has it for processors whose frame tables need no base.
struct dl_find_object {
    unsigned long long dlfo_flags;
    void* dlfo_map_start;
    void* dlfo_map_end;
    link_map* dlfo_link_map;
    void* dlfo_eh_frame;
    unsigned long long reserved[7];
};
int _dl_find_object(void* address, dl_find_object* result);
}

namespace {

struct Wanted {
    uintptr_t address;
    dl_find_object* result;
};

bool contains(uintptr_t begin, size_t size, uintptr_t address) { return address >= begin && address - begin < size; }

int examine(dl_phdr_info* info, size_t, void* data)
{
    auto const* const wanted = static_cast<Wanted*>(data);
    uintptr_t table = 0;
    bool found = false;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        auto const& part = info->dlpi_phdr[i];
        uintptr_t const begin = info->dlpi_addr + part.p_vaddr;
        if (part.p_type == PT_GNU_EH_FRAME)
            table = begin;
        if (part.p_type != PT_LOAD || !contains(begin, part.p_memsz, wanted->address))
            continue;
        found = true;
        wanted->result->dlfo_map_start = reinterpret_cast<void*>(begin);
        wanted->result->dlfo_map_end = reinterpret_cast<void*>(begin + part.p_memsz);
    }
    wanted->result->dlfo_eh_frame = reinterpret_cast<void*>(table);
    return found && table != 0 ? 1 : 0;
}

} // namespace

// Where the frames of a function are described: the unwinder asks when an exception is thrown.
int _dl_find_object(void* address, dl_find_object* result)
{
    Wanted wanted = {reinterpret_cast<uintptr_t>(address), result};
    *result = {};
    return dl_iterate_phdr(examine, &wanted) == 1 ? 0 : -1;
}
