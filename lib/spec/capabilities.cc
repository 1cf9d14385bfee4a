// SPDX-License-Identifier: MIT
#include "spec/capabilities.h"

#include "spec/fault.h"

#include <algorithm>
#include <cctype>
#include <linux/capability.h>

namespace ctr::spec {

namespace {

// By number, as linux/capability.h counts them.
constexpr char const* names[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};

std::string upper(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out.compare(0, 4, "CAP_") == 0 ? out.substr(4) : out;
}

struct Named {
    bool all = false;
    Capabilities set = 0;
};

Result<Named> named(std::vector<config::TextWish> const& wishes)
{
    Named out;
    for (config::TextWish const& wish : wishes) {
        auto const number = capability_number(wish.text);
        if (upper(wish.text) == "ALL")
            out.all = true;
        else if (!number)
            return fault(wish.origin, wish.text, "there is no such capability");
        else
            out.set |= Capabilities{1} << *number;
    }
    return out;
}

Capabilities of(std::initializer_list<int> numbers)
{
    Capabilities set = 0;
    for (int const number : numbers)
        set |= Capabilities{1} << static_cast<unsigned>(number);
    return set;
}

// Of all that were known when it was made; a newer one is dropped.
Capabilities contained()
{
    return ~(all_capabilities << std::size(names)) &
           ~of({CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_AUDIT_WRITE,  CAP_BLOCK_SUSPEND, CAP_DAC_READ_SEARCH,
                CAP_FSETID,        CAP_IPC_LOCK,   CAP_MAC_ADMIN,    CAP_MAC_OVERRIDE,  CAP_MKNOD,
                CAP_SETFCAP,       CAP_SYSLOG,     CAP_SYS_ADMIN,    CAP_SYS_BOOT,      CAP_SYS_MODULE,
                CAP_SYS_NICE,      CAP_SYS_RAWIO,  CAP_SYS_RESOURCE, CAP_SYS_TIME,      CAP_WAKE_ALARM});
}

Result<Capabilities> base_of(config::Config const& config)
{
    if (!config.capability_profile || config.capability_profile->text == "default")
        return default_capabilities();
    if (config.capability_profile->text == "contained")
        return contained();
    if (config.capability_profile->text == "crabcan")
        return contained() & ~of({CAP_DAC_OVERRIDE});
    return fault(config.capability_profile->origin, config.capability_profile->text,
                 "there is no such capability profile: there are default, contained and crabcan");
}

Error clash(config::Config const& config, unsigned number)
{
    Origin origin;
    for (config::TextWish const& wish : config.capabilities_added)
        if (capability_number(wish.text) == number)
            origin = wish.origin;
    return fault(origin, names[number], "a capability cannot be both added and dropped");
}

// @base is what a config without a word about them has.
Result<CapabilityWishes> wished(config::Config const& config, Capabilities base, Capabilities all)
{
    Named const added = CTR_TRY(named(config.capabilities_added));
    Named const dropped = CTR_TRY(named(config.capabilities_dropped));
    if (added.all && dropped.all)
        return fault(config.capabilities_added[0].origin, "ALL", "all capabilities cannot be both added and dropped");
    if (Capabilities const both = added.set & dropped.set; both != 0)
        return clash(config, static_cast<unsigned>(__builtin_ctzll(both)));
    CapabilityWishes wishes;
    wishes.keep = ((added.all ? all : dropped.all ? 0 : base) | added.set) & ~dropped.set;
    wishes.asked = added.set;
    if (!config.capabilities_added.empty())
        wishes.origin = config.capabilities_added[0].origin;
    return wishes;
}

} // namespace

Capabilities default_capabilities()
{
    return of({CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_NET_BIND_SERVICE, CAP_NET_RAW,
               CAP_SETFCAP, CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_CHROOT});
}

std::optional<unsigned> capability_number(std::string_view name)
{
    std::string const wanted = upper(name);
    for (unsigned i = 0; i < std::size(names); i++)
        if (wanted == names[i])
            return i;
    return std::nullopt;
}

Result<CapabilityWishes> checked_capabilities(config::Config const& config)
{
    return wished(config, CTR_TRY(base_of(config)), all_capabilities);
}

Result<CapabilityWishes> capabilities_within(config::Config const& config, Capabilities most)
{
    CapabilityWishes const wishes = CTR_TRY(wished(config, most, most));
    if (Capabilities const missing = wishes.keep & ~most; missing != 0)
        return fault(wishes.origin, names[__builtin_ctzll(missing)],
                     "the container has not got this capability, and no further command has more than it");
    return wishes;
}

} // namespace ctr::spec
