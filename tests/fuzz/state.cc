// SPDX-License-Identifier: MIT
// A state directory that somebody has written into: names are listed, found and removed, whatever stands in their files.
//
// The input is what stands in info, behind a line with what stands in the record.
#include "registry/registry.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace ctr;

namespace {

void write_file(std::string const& path, std::string_view content)
{
    Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || ::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        std::abort();
}

std::string const& state_directory()
{
    static std::string const made = [] {
        char const* const base = std::getenv("TMPDIR");
        std::string path = std::string(base == nullptr ? "/tmp" : base) + "/ctr-test.state-XXXXXX";
        return ::mkdtemp(path.data()) == nullptr ? std::string() : path;
    }();
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    size_t const half = std::min(text.find('\n'), size);
    std::string const& state = state_directory();
    std::string const place = state + "/name";
    (void)::mkdir(place.c_str(), 0700);
    write_file(place + "/record", text.substr(0, half));
    write_file(place + "/info", text.substr(std::min(half + 1, size)));
    Result<registry::Found> const found = registry::find(state, "name");
    if (!found && found.error().message.empty())
        std::abort();
    if (found && found.value().alive)
        std::abort(); // nobody has locked it
    Result<std::vector<std::string>> const names = registry::list(state);
    if (!names || names.value().size() > 1)
        std::abort();
    if (!names.value().empty() && !registry::remove(state, "name"))
        std::abort(); // what cannot be understood can be removed
    Result<std::vector<std::string>> const left = registry::list(state);
    if (!left || !left.value().empty())
        std::abort();
    return 0;
}
