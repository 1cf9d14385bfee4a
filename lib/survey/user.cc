// SPDX-License-Identifier: MIT
// Who the command is, by the container's own passwd and group.
#include "base/text.h"
#include "host/accounts.h"
#include "survey/survey.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

namespace ctr::survey {

namespace {

constexpr size_t most_groups = 65536; // NGROUPS_MAX

Error unknown(spec::Id const& id, char const* file)
{
    return Error{.code = Code::not_found,
                 .step = Step::identity,
                 .subject = id.name,
                 .origin = id.origin,
                 .message = concat(quoted(id.name), " is not in the container's ", file)};
}

// Reads the two files at most once, and only when something asks.
class Accounts {
public:
    explicit Accounts(ReadFile const& read) : read_(read) {}

    Result<std::string> passwd() { return read(passwd_, "/etc/passwd"); }
    Result<std::string> group() { return read(group_, "/etc/group"); }

private:
    Result<std::string> read(std::optional<std::string>& text, char const* path)
    {
        if (!text)
            text = CTR_TRY(read_(path));
        return *text;
    }

    ReadFile const& read_;
    std::optional<std::string> passwd_;
    std::optional<std::string> group_;
};

Result<uint32_t> gid_of(spec::Id const& id, Accounts& accounts)
{
    if (id.number)
        return *id.number;
    if (auto const gid = host::find_group(CTR_TRY(accounts.group()), id.name))
        return *gid;
    return unknown(id, "/etc/group");
}

// A number needs no account: what cannot be read only costs the home.
std::string home_of(uint32_t uid, Accounts& accounts)
{
    Result<std::string> const passwd = accounts.passwd();
    if (!passwd)
        return "";
    auto const account = host::find_account(passwd.value(), uid);
    return account ? account->home : "";
}

Status fill_user(host::UserFacts& user, spec::Identity const& identity, Accounts& accounts, bool home)
{
    if (!identity.user.number) {
        auto const account = host::find_account(CTR_TRY(accounts.passwd()), std::string_view(identity.user.name));
        if (!account)
            return unknown(identity.user, "/etc/passwd");
        user = {account->uid, account->gid, host::groups_of(CTR_TRY(accounts.group()), account->name), account->home};
        return Unit{};
    }
    user.uid = *identity.user.number;
    user.gid = user.uid; // a number alone names the group of the same number
    if (user.uid == 0)
        user.home = "/root";
    else if (home)
        user.home = home_of(user.uid, accounts);
    return Unit{};
}

} // namespace

Result<host::UserFacts> survey_user(spec::Spec const& spec, ReadFile const& read)
{
    host::UserFacts user;
    Accounts accounts(read);
    CTR_TRY(fill_user(user, spec.identity, accounts, spec.process.home_wanted));
    if (spec.identity.group)
        user.gid = CTR_TRY(gid_of(*spec.identity.group, accounts));
    for (spec::Id const& id : spec.identity.groups)
        user.groups.push_back(CTR_TRY(gid_of(id, accounts)));
    std::sort(user.groups.begin(), user.groups.end());
    user.groups.erase(std::unique(user.groups.begin(), user.groups.end()), user.groups.end());
    user.groups.erase(std::remove(user.groups.begin(), user.groups.end(), user.gid), user.groups.end());
    if (user.groups.size() >= most_groups) // its own is one of them
        return Error{.code = Code::invalid,
                     .step = Step::identity,
                     .subject = spec.identity.user.name,
                     .origin = spec.identity.user.origin,
                     .message = "the user has more supplementary groups than the kernel takes"};
    return user;
}

ReadFile reader_of(int root)
{
    return [root](char const* path) -> Result<std::string> {
        sys::Outcome<Fd> const file = sys::open_inside(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (file.error == ENOENT)
            return std::string();
        sys::Outcome<std::string> content = file ? sys::read_regular(file.value.get(), host::most_account_bytes)
                                                 : sys::Outcome<std::string>{{}, file.error};
        if (!content)
            return Error{.code = Code::invalid,
                         .step = Step::identity,
                         .sys = content.error,
                         .subject = path,
                         .message = concat(quoted(path), " of the container is not a regular file that can be read")};
        return std::move(content.value);
    };
}

} // namespace ctr::survey
