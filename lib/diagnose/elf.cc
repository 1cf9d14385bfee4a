// SPDX-License-Identifier: MIT
// ELF and "#!" as the kernel reads them, from untrusted bytes: every offset is checked.
#include "diagnose/elf.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>
#include <elf.h>

namespace ctr::diagnose {

namespace {

struct Machine {
    unsigned number;
    char const* name;
};
constexpr unsigned loongarch = 258; // newer than some C libraries
constexpr Machine machines[] = {
    {EM_386, "i386"},         {EM_X86_64, "x86-64"},   {EM_ARM, "arm"},   {EM_AARCH64, "aarch64"},
    {EM_RISCV, "riscv"},      {EM_PPC64, "ppc64"},     {EM_S390, "s390"}, {EM_MIPS, "mips"},
    {loongarch, "loongarch"}, {EM_SPARCV9, "sparc64"}, {EM_PPC, "ppc"},   {EM_IA_64, "ia64"},
};

#if defined(__x86_64__)
constexpr unsigned native_numbers[] = {EM_X86_64, EM_386};
#elif defined(__aarch64__)
constexpr unsigned native_numbers[] = {EM_AARCH64, EM_ARM};
#endif

std::string machine_name(unsigned number)
{
    for (Machine const& machine : machines)
        if (machine.number == number)
            return machine.name;
    return concat("machine ", std::to_string(number));
}

template <typename T>
bool read_at(std::string_view bytes, uint64_t offset, T& out)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return false;
    std::memcpy(&out, bytes.data() + offset, sizeof(T));
    return true;
}

template <typename Header, typename Segment>
void fill_interpreter(Elf& elf, std::string_view bytes)
{
    Header header;
    elf.whole = read_at(bytes, 0, header);
    if (!elf.whole)
        return;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Segment segment;
        if (!read_at(bytes, header.e_phoff + uint64_t{i} * sizeof segment, segment))
            return;
        if (segment.p_type != PT_INTERP || segment.p_offset > bytes.size())
            continue;
        std::string_view const name = bytes.substr(segment.p_offset, segment.p_filesz);
        elf.interpreter = std::string(name.substr(0, name.find('\0')));
    }
}

} // namespace

std::string native_machine() { return machine_name(native_numbers[0]); }

std::optional<Elf> parse_elf(std::string_view start)
{
    if (start.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
        return std::nullopt;
    Elf elf;
    if (start.size() < EI_NIDENT + 4) {
        elf.whole = false;
        return elf;
    }
    bool const little = start[EI_DATA] == ELFDATA2LSB;
    auto const low = static_cast<unsigned char>(start[little ? 18 : 19]);
    auto const high = static_cast<unsigned char>(start[little ? 19 : 18]);
    unsigned const number = low | unsigned{high} << 8;
    elf.machine = machine_name(number);
    elf.native =
        little && std::find(std::begin(native_numbers), std::end(native_numbers), number) != std::end(native_numbers);
    if (!little)
        return elf;
    if (start[EI_CLASS] == ELFCLASS64)
        fill_interpreter<Elf64_Ehdr, Elf64_Phdr>(elf, start);
    else
        fill_interpreter<Elf32_Ehdr, Elf32_Phdr>(elf, start);
    return elf;
}

std::optional<Shebang> parse_shebang(std::string_view start)
{
    constexpr size_t kernel_reads = 255; // BINPRM_BUF_SIZE, less the end
    if (start.substr(0, 2) != "#!")
        return std::nullopt;
    Shebang shebang;
    size_t const end = start.find('\n');
    std::string_view line = start.substr(2, end == std::string_view::npos ? end : end - 2);
    shebang.carriage_return = !line.empty() && line.back() == '\r';
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    std::string_view const name = line.substr(0, line.find_first_of(" \t"));
    shebang.too_long = static_cast<size_t>(name.data() - start.data()) + name.size() > kernel_reads;
    shebang.interpreter = std::string(name);
    return shebang;
}

} // namespace ctr::diagnose
