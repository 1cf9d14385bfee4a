// SPDX-License-Identifier: MIT
// Programs of a container are somebody else's bytes: whatever their headers claim, nothing is read past the end.
#include "diagnose/elf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <elf.h>

using namespace ctr::diagnose;

namespace {

#if defined(__x86_64__)
constexpr unsigned char native = EM_X86_64;
constexpr unsigned char foreign = EM_AARCH64;
constexpr char const* native_name = "x86-64";
constexpr char const* foreign_name = "aarch64";
#elif defined(__aarch64__)
constexpr unsigned char native = EM_AARCH64;
constexpr unsigned char foreign = EM_X86_64;
constexpr char const* native_name = "aarch64";
constexpr char const* foreign_name = "x86-64";
#endif

template <typename T>
void put(std::string& bytes, size_t at, T const& value)
{
    if (bytes.size() < at + sizeof value)
        bytes.resize(at + sizeof value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

struct Shape {
    unsigned machine = native;
    unsigned segment_count = 1;
    uint64_t segments_at = sizeof(Elf64_Ehdr);
    uint32_t segment_type = PT_INTERP;
    uint64_t name_at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
    uint64_t name_size = 0; // 0: of the name
    std::string name = "/lib/ld.so";
};

std::string program(Shape const& shape)
{
    std::string bytes;
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = static_cast<Elf64_Half>(shape.machine);
    header.e_phoff = shape.segments_at;
    header.e_phnum = static_cast<Elf64_Half>(shape.segment_count);
    put(bytes, 0, header);
    Elf64_Phdr segment = {};
    segment.p_type = shape.segment_type;
    segment.p_offset = shape.name_at;
    segment.p_filesz = shape.name_size == 0 ? shape.name.size() + 1 : shape.name_size;
    put(bytes, sizeof header, segment);
    return bytes + shape.name + '\0';
}

} // namespace

TEST(elf, anything_without_the_magic_is_no_elf)
{
    EXPECT_FALSE(parse_elf(""));
    EXPECT_FALSE(parse_elf("\x7f"));
    EXPECT_FALSE(parse_elf("\x7f"
                           "EL"));
    EXPECT_FALSE(parse_elf("#!/bin/sh\n"));
    EXPECT_FALSE(parse_elf(std::string(64, '\0')));
}

TEST(elf, a_program_says_its_machine_and_its_loader)
{
    auto const elf = parse_elf(program({}));
    ASSERT_TRUE(elf);
    EXPECT_TRUE(elf->whole);
    EXPECT_TRUE(elf->native);
    EXPECT_EQ(elf->machine, native_name);
    EXPECT_EQ(elf->machine, native_machine());
    EXPECT_EQ(elf->interpreter, "/lib/ld.so");
}

TEST(elf, a_static_program_asks_for_no_loader)
{
    EXPECT_EQ(parse_elf(program({.segment_type = PT_LOAD}))->interpreter, "");
    EXPECT_EQ(parse_elf(program({.segment_count = 0}))->interpreter, "");
}

TEST(elf, a_foreign_machine_is_named)
{
    auto const elf = parse_elf(program({.machine = foreign}));
    EXPECT_FALSE(elf->native);
    EXPECT_EQ(elf->machine, foreign_name);
    EXPECT_EQ(parse_elf(program({.machine = 0xfff0}))->machine, "machine 65520");
}

TEST(elf, every_truncation_is_survived_and_one_in_the_headers_is_noticed)
{
    std::string const whole = program({});
    for (size_t size = 4; size < whole.size(); size++) {
        auto const elf = parse_elf(std::string_view(whole).substr(0, size));
        ASSERT_TRUE(elf) << size;
        EXPECT_EQ(elf->whole, size >= sizeof(Elf64_Ehdr)) << size;
    }
}

TEST(elf, segments_that_lie_outside_the_file_are_ignored)
{
    for (uint64_t const at : {uint64_t{1} << 20, uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - sizeof(Elf64_Phdr) + 1})
        EXPECT_EQ(parse_elf(program({.segments_at = at}))->interpreter, "") << at;
}

TEST(elf, a_table_of_65535_segments_ends_with_the_file)
{
    auto const elf = parse_elf(program({.segment_count = 65535}));
    EXPECT_TRUE(elf->whole);
    EXPECT_EQ(elf->interpreter, "/lib/ld.so");
}

TEST(elf, a_loaders_name_outside_the_file_is_none)
{
    for (uint64_t const at : {uint64_t{1} << 20, uint64_t{1} << 63, UINT64_MAX})
        EXPECT_EQ(parse_elf(program({.name_at = at, .name_size = 11}))->interpreter, "") << at;
}

TEST(elf, a_loaders_name_that_is_too_long_ends_with_the_file_or_its_zero)
{
    EXPECT_EQ(parse_elf(program({.name_size = UINT64_MAX}))->interpreter, "/lib/ld.so");
    EXPECT_EQ(parse_elf(program({.name_size = 4}))->interpreter, "/lib");
}

TEST(elf, the_other_byte_order_is_foreign_and_named)
{
    std::string bytes = program({});
    bytes[EI_DATA] = ELFDATA2MSB;
    bytes[18] = 0;
    bytes[19] = EM_S390;
    auto const elf = parse_elf(bytes);
    EXPECT_FALSE(elf->native);
    EXPECT_EQ(elf->machine, "s390");
}

TEST(elf, a_32_bit_header_is_read_as_one)
{
    std::string bytes;
    Elf32_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = EM_RISCV;
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    put(bytes, 0, header);
    Elf32_Phdr segment = {};
    segment.p_type = PT_INTERP;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = 8;
    put(bytes, sizeof header, segment);
    auto const elf = parse_elf(bytes + std::string("/lib/ld\0", 8));
    EXPECT_EQ(elf->machine, "riscv");
    EXPECT_EQ(elf->interpreter, "/lib/ld");
    EXPECT_FALSE(parse_elf(std::string_view(bytes).substr(0, 30))->whole);
}

TEST(elf, an_unknown_class_is_survived)
{
    std::string bytes = program({});
    for (int const kind : {0, 3, 255}) {
        bytes[EI_CLASS] = static_cast<char>(kind);
        EXPECT_TRUE(parse_elf(bytes)) << kind;
    }
}

TEST(elf, random_bytes_after_the_magic_are_survived)
{
    uint32_t state = 1;
    for (int round = 0; round < 2000; round++) {
        std::string bytes(ELFMAG, SELFMAG);
        for (int i = 0; i < 200; i++) {
            state = state * 1664525 + 1013904223;
            bytes += static_cast<char>(state >> 24);
        }
        bytes[EI_DATA] = ELFDATA2LSB;
        bytes[EI_CLASS] = static_cast<char>(round % 2 + 1);
        EXPECT_TRUE(parse_elf(bytes));
    }
}
