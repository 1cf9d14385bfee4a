// SPDX-License-Identifier: MIT
// A temporary directory with files in it, removed at the end.
#pragma once

#include "base/fd.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace ctr::test {

class Files {
public:
    Files()
    {
        char const* parent = std::getenv("TMPDIR");
        std::string pattern = std::string(parent == nullptr ? "/tmp" : parent) + "/ctr-unit.XXXXXX";
        path_ = ::mkdtemp(pattern.data());
        path_ = std::filesystem::canonical(path_);
    }
    Files(Files const&) = delete;
    Files& operator=(Files const&) = delete;
    ~Files()
    {
        std::error_code ignored; // what cannot be removed stays
        std::filesystem::remove_all(path_, ignored);
    }

    std::string path(std::string const& inside = "") const { return path_ + inside; }
    Fd fd() const { return Fd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)); }

    void directory(std::string const& inside) const { std::filesystem::create_directories(path(inside)); }
    void link(std::string const& inside, std::string const& to) const
    {
        std::filesystem::create_symlink(to, path(inside));
    }
    void file(std::string const& inside, std::string const& content = "") const
    {
        std::ofstream(path(inside), std::ios::binary) << content;
    }

private:
    std::string path_;
};

} // namespace ctr::test
