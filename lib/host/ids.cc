// SPDX-License-Identifier: MIT
#include "host/ids.h"

#include "base/text.h"
#include "host/accounts.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ctr::host {

namespace {

constexpr size_t most_map_bytes = 64U << 10;

uint64_t effective_capabilities()
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &header, sets) != 0)
        return 0;
    return sets[0].effective | (uint64_t{sets[1].effective} << 32);
}

bool has(uint64_t capabilities, unsigned capability) { return (capabilities >> capability & 1) != 0; }

unsigned last_capability()
{
    unsigned last = 63;
    while (last > 0 && ::prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
        last--;
    return last;
}

std::string find_helper(std::string const& wanted, char const* name)
{
    if (!wanted.empty())
        return wanted;
    for (char const* directory : {"/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/", "/run/wrappers/bin/"}) {
        std::string path = concat(directory, name);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return "";
}

std::vector<IdRange> own_map(char const* path)
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, path, O_RDONLY);
    if (!file)
        return {};
    return parse_id_map(sys::read_all(file.value.get(), most_map_bytes).value);
}

bool denies_setgroups()
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, "/proc/self/setgroups", O_RDONLY);
    return file && sys::read_all(file.value.get(), most_map_bytes).value == "deny\n";
}

// A home that the caller owns is hidden; a service's home, such as /usr/games, is nobody's secret.
std::string own_home(std::string const& home, uint32_t uid)
{
    struct stat status = {};
    if (home.empty() || home == "/" || home[0] != '/' || ::stat(home.c_str(), &status) != 0)
        return "";
    return S_ISDIR(status.st_mode) && status.st_uid == uid ? home : "";
}

std::vector<IdRange> subids(char const* path, CallerFacts const& caller)
{
    return parse_subids(sys::read_regular(path, most_account_bytes).value, caller.name, caller.uid);
}

std::vector<uint32_t> supplementary_groups(uint32_t gid)
{
    std::vector<gid_t> groups(static_cast<size_t>(std::max(::getgroups(0, nullptr), 0)));
    int const count = groups.empty() ? 0 : ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<size_t>(std::max(count, 0)));
    groups.erase(std::remove(groups.begin(), groups.end(), gid), groups.end());
    return {groups.begin(), groups.end()};
}

// The same range may stand under the name and under the number; a map must not have it twice.
bool is_new(std::vector<IdRange> const& ranges, uint64_t first, uint64_t count)
{
    for (IdRange const& range : ranges)
        if (first < uint64_t{range.outside} + range.count && range.outside < first + count)
            return false;
    return true;
}

} // namespace

std::vector<IdRange> parse_subids(std::string_view text, std::string_view name, uint32_t uid)
{
    std::vector<IdRange> ranges;
    for (std::string_view const line : split(text, '\n')) {
        std::vector<std::string_view> const parts = split(line, ':');
        if (parts.size() != 3)
            continue;
        bool const by_name = !name.empty() && parts[0] == name;
        if (!by_name && parse_number(parts[0], UINT32_MAX) != uid)
            continue;
        auto const first = parse_number(parts[1], greatest_id);
        auto const count = parse_number(parts[2], UINT32_MAX);
        if (first && count && *count > 0 && *first + *count <= UINT32_MAX && is_new(ranges, *first, *count))
            ranges.push_back({0, static_cast<uint32_t>(*first), static_cast<uint32_t>(*count)});
    }
    return ranges;
}

CallerFacts survey_caller(IdQuestions const& questions)
{
    CallerFacts caller;
    caller.uid = ::geteuid();
    caller.gid = ::getegid();
    caller.groups = supplementary_groups(caller.gid);
    uint64_t const capabilities = effective_capabilities();
    caller.privileged = has(capabilities, CAP_SETUID) && has(capabilities, CAP_SETGID);
    caller.admin = has(capabilities, CAP_SYS_ADMIN);
    caller.no_new_privs = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    if (questions.capabilities)
        caller.last_capability = last_capability();
    if (questions.home || questions.subids) {
        std::string const passwd = sys::read_regular("/etc/passwd", most_account_bytes).value;
        if (auto const account = find_account(passwd, caller.uid)) {
            caller.name = account->name;
            caller.home = own_home(account->home, caller.uid);
        }
    }
    if (caller.privileged)
        caller.groups_fixed = denies_setgroups();
    if (questions.subids) {
        caller.subuids = subids("/etc/subuid", caller);
        caller.subgids = subids("/etc/subgid", caller);
        caller.newuidmap = find_helper(questions.newuidmap, "newuidmap");
        caller.newgidmap = find_helper(questions.newgidmap, "newgidmap");
    }
    if (caller.privileged || !caller.subuids.empty()) {
        caller.uid_map = own_map("/proc/self/uid_map");
        caller.gid_map = own_map("/proc/self/gid_map");
    }
    return caller;
}

} // namespace ctr::host
