// SPDX-License-Identifier: MIT
#include "state.h"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

namespace cli {
namespace {

bool is_directory(std::string const& path)
{
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string absolute(std::string const& path)
{
    if (path.empty() || path.front() == '/')
        return path;
    char* const here = realpath(".", nullptr);
    std::string const whole = here == nullptr ? path : std::string(here) + '/' + path;
    free(here);
    return whole;
}

} // namespace

std::string state_directory(Setup const& setup)
{
    if (!setup.state_directory.empty())
        return absolute(setup.state_directory);
    char const* const runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && runtime[0] == '/')
        return std::string(runtime) + "/ctr";
    std::string user;
    append_number(user, uint64_t{geteuid()});
    std::string const usual = "/run/user/" + user;
    return is_directory(usual) ? usual + "/ctr" : "/tmp/ctr-" + user;
}

Result<Container> open_container(Setup const& setup, char const* name, uint64_t flags)
{
    ctr_container* container = nullptr;
    ctr_error* error = nullptr;
    if (ctr_open(state_directory(setup).c_str(), name, flags, &container, &error) != 0)
        return retell(error);
    return Container(container);
}

Problem retell(ctr_error* error)
{
    Setup const none(Purpose::explain);
    return retell(none, error);
}

} // namespace cli
