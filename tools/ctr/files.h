// SPDX-License-Identifier: MIT
// Files of the caller that ctr opens and reads.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "options.h"

namespace cli {

// The code, one of CTR_ERR_*, that this errno of a system call of ctr's own comes to.
int code_of(int error_number);

// An owned file descriptor.
class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File();
    File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    File& operator=(File&&) = delete;

    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

// Opens a file for a use of an option, to read it.
Result<File> open_file(Use const& use, std::string const& path);

struct Content {
    std::string bytes;
    uint32_t mode = 0; // permission bits
};

// Reads a whole file of at most 16 MiB.
Result<Content> read_file(Use const& use, std::string const& path);

} // namespace cli
