// SPDX-License-Identifier: MIT
// The file `info`: fields that end with a zero byte, in a fixed order; lists begin with their length.
#include "registry/registry.h"

#include "base/text.h"

namespace ctr::registry {

namespace {

constexpr char const* version = "ctr-info-1";
constexpr uint64_t most_items = 1U << 20;
constexpr uint64_t most_kinds = 2; // config::SeccompKind

class Writer {
public:
    void text(std::string_view value) { out_.append(value).push_back('\0'); }
    void number(uint64_t value) { text(std::to_string(value)); }
    void bytes(std::string_view value)
    {
        number(value.size());
        out_.append(value);
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// Once something is wrong everything is.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    std::string text()
    {
        size_t const end = rest_.find('\0');
        if (end == std::string_view::npos) {
            good_ = false;
            return {};
        }
        std::string const value(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return value;
    }
    uint64_t number(uint64_t most)
    {
        std::optional<uint64_t> const value = parse_number(text(), most);
        good_ = good_ && value;
        return value.value_or(0);
    }
    std::string bytes()
    {
        uint64_t const size = number(rest_.size());
        good_ = good_ && size <= rest_.size();
        std::string const value(rest_.substr(0, good_ ? size : 0));
        rest_.remove_prefix(value.size());
        return value;
    }
    template <typename Item>
    void list(Item item)
    {
        uint64_t const count = number(most_items);
        for (uint64_t i = 0; i < count && good_; i++)
            item();
    }
    bool finished() const { return good_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

} // namespace

std::string encode(Info const& info)
{
    Writer out;
    out.text(version);
    out.number(info.created_ns);
    out.number(info.flags);
    out.number(info.takes_commands ? 1 : 0);
    out.number(info.may_set_groups ? 1 : 0);
    out.number(info.has_terminals ? 1 : 0);
    out.number(info.new_privs ? 1 : 0);
    out.number(info.capabilities);
    out.number(info.limits.size());
    for (Limit const& limit : info.limits) {
        out.number(limit.resource);
        out.number(limit.soft);
        out.number(limit.hard);
    }
    out.number(info.uid);
    out.number(info.gid);
    out.number(info.groups.size());
    for (uint32_t const group : info.groups)
        out.number(group);
    out.text(info.home);
    out.text(info.cwd);
    out.number(info.seccomp_kind);
    out.number(info.seccomp_listener);
    out.bytes(info.seccomp);
    out.number(info.command.size());
    for (std::string const& word : info.command)
        out.text(word);
    return out.take();
}

std::optional<Info> decode(std::string_view text)
{
    Reader in(text);
    if (in.text() != version)
        return std::nullopt;
    Info info;
    info.created_ns = in.number(UINT64_MAX);
    info.flags = in.number(UINT64_MAX);
    info.takes_commands = in.number(1) == 1;
    info.may_set_groups = in.number(1) == 1;
    info.has_terminals = in.number(1) == 1;
    info.new_privs = in.number(1) == 1;
    info.capabilities = in.number(UINT64_MAX);
    in.list([&] {
        Limit limit;
        limit.resource = static_cast<uint32_t>(in.number(UINT32_MAX));
        limit.soft = in.number(UINT64_MAX);
        limit.hard = in.number(UINT64_MAX);
        info.limits.push_back(limit);
    });
    info.uid = static_cast<uint32_t>(in.number(UINT32_MAX));
    info.gid = static_cast<uint32_t>(in.number(UINT32_MAX));
    in.list([&] { info.groups.push_back(static_cast<uint32_t>(in.number(UINT32_MAX))); });
    info.home = in.text();
    info.cwd = in.text();
    info.seccomp_kind = static_cast<uint32_t>(in.number(most_kinds));
    info.seccomp_listener = static_cast<uint32_t>(in.number(1));
    info.seccomp = in.bytes();
    in.list([&] { info.command.push_back(in.text()); });
    if (!in.finished() || info.command.empty())
        return std::nullopt;
    return info;
}

} // namespace ctr::registry
