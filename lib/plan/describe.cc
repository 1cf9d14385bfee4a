// SPDX-License-Identifier: MIT
// The words for each operation.
#include "plan/explain.h"

#include "base/text.h"

#include <cstdio>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/statvfs.h>

namespace ctr::plan {

namespace {

struct FlagName {
    uint64_t bit;
    char const* name;
};

constexpr FlagName tree_flags[] = {
    {OPEN_TREE_CLONE, "CLONE"}, {0x8000, "RECURSIVE"}, {AT_SYMLINK_NOFOLLOW, "NOFOLLOW"}};
constexpr FlagName attribute_names[] = {{MOUNT_ATTR_RDONLY, "RDONLY"},
                                        {MOUNT_ATTR_NOSUID, "NOSUID"},
                                        {MOUNT_ATTR_NODEV, "NODEV"},
                                        {MOUNT_ATTR_NOEXEC, "NOEXEC"},
                                        {MOUNT_ATTR_NOATIME, "NOATIME"}};
constexpr FlagName statfs_flags[] = {
    {ST_RDONLY, "RDONLY"}, {ST_NOSUID, "NOSUID"}, {ST_NODEV, "NODEV"}, {ST_NOEXEC, "NOEXEC"}, {ST_NOATIME, "NOATIME"}};
constexpr FlagName open_flags[] = {{O_PATH, "PATH"},         {O_DIRECTORY, "DIRECTORY"}, {O_WRONLY, "WRONLY"},
                                   {O_RDWR, "RDWR"},         {O_CREAT, "CREAT"},         {O_EXCL, "EXCL"},
                                   {O_NOFOLLOW, "NOFOLLOW"}, {O_NOCTTY, "NOCTTY"}};
constexpr FlagName resolve_flags[] = {{RESOLVE_NO_SYMLINKS, "NO_SYMLINKS"}};
constexpr FlagName namespace_names[] = {{CLONE_NEWUSER, "user"},     {CLONE_NEWNS, "mount"}, {CLONE_NEWPID, "pid"},
                                        {CLONE_NEWNET, "net"},       {CLONE_NEWUTS, "uts"},  {CLONE_NEWIPC, "ipc"},
                                        {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWTIME, "time"}};

template <size_t count>
std::string names(uint64_t bits, FlagName const (&table)[count])
{
    std::string out;
    for (FlagName const& flag : table)
        if ((bits & flag.bit) == flag.bit)
            out += concat(out.empty() ? "" : "|", flag.name);
    return out;
}

std::string slot_name(Slot slot) { return slot == at_cwd ? "cwd" : concat("s", std::to_string(slot)); }

std::string octal(uint32_t mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode);
    return text;
}

std::string hexadecimal(uint64_t bits)
{
    char text[24];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
    return text;
}

std::string result(Slot slot) { return concat(" -> ", slot_name(slot)); }

std::string spaced(std::string const& text) { return text.empty() ? "" : concat(" ", text); }

// The operands of each kind of operation.
class Operands {
public:
    explicit Operands(Plan const& plan) : plan_(plan) {}

    std::string quote(Text at) const { return quoted(plan_.text(at)); }

    std::string show(OpenTree const& op) const
    {
        return concat(slot_name(op.dir), op.path.at == 0 ? "" : spaced(quote(op.path)),
                      spaced(names(op.flags, tree_flags)), result(op.out));
    }
    std::string show(SetMount const& op) const
    {
        return concat(slot_name(op.mount), spaced(names(op.set, attribute_names)), op.flags != 0 ? " RECURSIVE" : "");
    }
    std::string show(OpenInRoot const& op) const
    {
        return concat(slot_name(op.root), " in-root:", quote(op.path), spaced(names(op.flags, open_flags)),
                      spaced(names(op.resolve, resolve_flags)), result(op.out));
    }
    std::string show(OpenAt const& op) const
    {
        return concat(slot_name(op.dir), " ", quote(op.path), spaced(names(op.flags, open_flags)),
                      (op.flags & O_CREAT) != 0 ? spaced(octal(op.mode)) : "", result(op.out));
    }
    std::string show(MakeDir const& op) const
    {
        return concat(slot_name(op.dir), " ", quote(op.name), " ", octal(op.mode));
    }
    std::string show(MakeFile const& op) const
    {
        return concat(slot_name(op.dir), " ", quote(op.name), " ", octal(op.mode));
    }
    std::string show(MakeLink const& op) const
    {
        return concat(quote(op.target), " ", slot_name(op.dir), " ", quote(op.name));
    }
    std::string show(CheckType const& op) const { return concat(slot_name(op.file), " ", octal(op.type)); }
    std::string show(CheckSame const& op) const { return concat(slot_name(op.one), " ", slot_name(op.other)); }
    std::string show(CheckDevice const& op) const
    {
        return concat(slot_name(op.file), " ", std::to_string(op.major), ":", std::to_string(op.minor));
    }
    std::string show(MoveMount const& op) const
    {
        return concat(slot_name(op.tree), " -> ", op.target == at_cwd ? "\"/\"" : slot_name(op.target),
                      op.path.at == 0 ? "" : spaced(quote(op.path)));
    }
    std::string show(FsOpen const& op) const { return concat(plan_.text(op.type), result(op.out)); }
    std::string show(FsSet const& op) const
    {
        return concat(slot_name(op.fs), " ", plan_.text(op.key),
                      op.value.at == 0 ? "" : concat("=", plan_.text(op.value)));
    }
    std::string show(FsSetLayers const& op) const
    {
        return concat(slot_name(op.fs), " lowerdir=", slot_name(op.upper), ":", slot_name(op.lower));
    }
    std::string show(FsMount const& op) const
    {
        return concat(slot_name(op.fs), spaced(names(op.attributes, attribute_names)), result(op.out));
    }
    std::string show(WriteFile const& op) const
    {
        return concat(slot_name(op.file), " ", std::to_string(op.size), " bytes");
    }
    std::string show(Terminal const& op) const
    {
        std::string const slot = slot_name(op.slot);
        switch (op.call) {
        case TerminalCall::unlock: return concat(slot, " TIOCSPTLCK 0");
        case TerminalCall::open:
            return concat(slot, " TIOCGPTPEER", spaced(names(op.flags, open_flags)), result(op.out));
        case TerminalCall::resize:
            return concat(slot, " TIOCSWINSZ ", std::to_string(op.rows), " rows ", std::to_string(op.columns),
                          " columns");
        case TerminalCall::control: return concat(slot, " TIOCSCTTY");
        case TerminalCall::give: return concat(slot, " to user ", std::to_string(op.flags));
        case TerminalCall::hand_over: return concat(slot, " to the host");
        }
        return {};
    }
    std::string show(OneSlot const& op) const { return slot_name(op.slot); }
    std::string show(Join const& op) const { return concat(slot_name(op.ns), " ", names(op.type, namespace_names)); }
    std::string show(OneText const& op) const { return quote(op.text); }
    std::string show(BringUp const& op) const
    {
        return concat(slot_name(op.socket), " SIOCSIFFLAGS ", quote(op.name), " UP");
    }
    // As bytes of the mask, the highest processor first.
    std::string processors(OneText const& op) const
    {
        std::string out = "mask ";
        for (uint32_t i = op.size; i > 0; i--) {
            char text[4];
            std::snprintf(text, sizeof text, "%02x", plan_.image[op.text.at + i - 1]);
            out += text;
        }
        return out;
    }
    std::string show(MakeRules const& op) const
    {
        return concat("paths ", hexadecimal(op.paths), " ports ", hexadecimal(op.ports), " scope ",
                      hexadecimal(op.scope), result(op.out));
    }
    std::string show(AllowPath const& op) const
    {
        return concat(slot_name(op.rules), " ", hexadecimal(op.access), " below ",
                      op.path.at == 0 ? slot_name(op.dir) : quote(op.path));
    }
    std::string show(AllowPort const& op) const
    {
        return concat(slot_name(op.rules), " ", hexadecimal(op.access), " on port ", std::to_string(op.port));
    }
    std::string show(SetLimit const& op) const
    {
        return concat("resource ", std::to_string(op.resource), " ", std::to_string(op.soft), " ",
                      std::to_string(op.hard));
    }
    std::string show(SameDir const& op) const { return concat(quote(op.path), " else \"/\""); }
    std::string show(PlaceFd const& op) const
    {
        return concat(slot_name(op.from), " -> fd ", std::to_string(op.number));
    }
    std::string show(MergeFd const& op) const
    {
        return concat("fd ", std::to_string(op.from), " -> fd ", std::to_string(op.number));
    }
    std::string from_on(PlaceFd const& op) const
    {
        return concat("from fd ", std::to_string(op.number), " on CLOEXEC");
    }
    std::string show(LiftFds const& op) const
    {
        return concat("s0 to s", std::to_string(op.count - 1), " from fd ", std::to_string(op.above), " on");
    }
    std::string show(SetGroups const& op) const
    {
        auto const* ids = reinterpret_cast<uint32_t const*>(plan_.image.data() + op.ids.at);
        std::string out;
        for (uint32_t i = 0; i < op.count; i++)
            out += concat(i > 0 ? "," : "", std::to_string(ids[i]));
        return op.count == 0 ? "none" : out;
    }
    std::string show(AnnouncePid const& op) const
    {
        return concat("into variable ", std::to_string(op.variable), ", LISTEN_PID");
    }
    std::string show(CheckUser const& op) const
    {
        return concat(std::to_string(op.uid), ":", std::to_string(op.gid),
                      op.count < 0 ? ""
                                   : concat(", groups ", show(SetGroups{op.groups, static_cast<uint32_t>(op.count)})));
    }
    std::string show(CheckCapabilities const& op) const
    {
        return concat("bounding at most ", hexadecimal(op.bounding), ", permitted ", hexadecimal(op.permitted));
    }
    std::string show(CheckMap const& op) const { return concat(slot_name(op.file), " ", quote(op.map)); }
    std::string show(CheckMount const& op) const
    {
        return concat(slot_name(op.mount), spaced(names(op.flags, statfs_flags)));
    }
    std::string show(CheckNamespaces const& op) const
    {
        return concat("own", spaced(names(op.own, namespace_names)),
                      op.shared == 0 ? "" : concat(", shared", spaced(names(op.shared, namespace_names))),
                      op.hostname.at == 0 ? "" : concat(", named ", quote(op.hostname)));
    }
    std::string show(CheckDescriptors const& op) const
    {
        auto const* numbers = reinterpret_cast<int32_t const*>(plan_.image.data() + op.numbers.at);
        std::string out = "0 1 2";
        for (uint32_t i = 0; i < op.count; i++)
            out += concat(" ", std::to_string(numbers[i]));
        return concat(out, " of those below ", std::to_string(op.below));
    }
    std::string show(SetId const& op) const { return std::to_string(op.id); }

private:
    Plan const& plan_;
};

Line exec_line(Exec const& op, std::string const& command)
{
    if (op.by == ExecBy::descriptor)
        return {"execveat", concat(slot_name(op.program), " as ", command)};
    return {"execve", concat(op.by == ExecBy::search ? "along PATH " : "", command)};
}

char const* terminal_name(TerminalCall call)
{
    return call == TerminalCall::give ? "fchown" : call == TerminalCall::hand_over ? "sendmsg" : "ioctl";
}

} // namespace

Line describe(Plan const& plan, Op const& op)
{
    Operands const of(plan);
    switch (op.code) {
    case OpCode::open_tree: return {"open_tree", of.show(op.open_tree)};
    case OpCode::set_mount: return {"mount_setattr", of.show(op.set_mount)};
    case OpCode::open_in_root: return {"openat2", of.show(op.open_in_root)};
    case OpCode::open_at: return {"openat", of.show(op.open_at)};
    case OpCode::make_dir: return {"mkdirat", of.show(op.make_dir)};
    case OpCode::make_file: return {"mknodat", of.show(op.make_file)};
    case OpCode::make_link: return {"symlinkat", of.show(op.make_link)};
    case OpCode::check_type: return {"check_type", of.show(op.check_type)};
    case OpCode::check_same: return {"check_same", of.show(op.check_same)};
    case OpCode::check_device: return {"check_device", of.show(op.check_device)};
    case OpCode::move_mount: return {"move_mount", of.show(op.move_mount)};
    case OpCode::fs_open: return {"fsopen", of.show(op.fs_open)};
    case OpCode::fs_set: return {"fsconfig", of.show(op.fs_set)};
    case OpCode::fs_set_layers: return {"fsconfig", of.show(op.fs_set_layers)};
    case OpCode::fs_create: return {"fsconfig", concat(of.show(op.one_slot), " CREATE")};
    case OpCode::fs_mount: return {"fsmount", of.show(op.fs_mount)};
    case OpCode::write_file: return {"write", of.show(op.write_file)};
    case OpCode::close_slot: return {"close", of.show(op.one_slot)};
    case OpCode::enter_dir: return {"fchdir", of.show(op.one_slot)};
    case OpCode::pivot_root: return {"pivot_root", "\".\" \".\""};
    case OpCode::detach_here: return {"umount2", "\".\" DETACH"};
    case OpCode::check_root: return {"check_root", "nothing on top of \"/\""};
    case OpCode::set_propagation: return {"mount", "\"/\" PRIVATE RECURSIVE"};
    case OpCode::unshare: return {"unshare", names(op.flags.flags, namespace_names)};
    case OpCode::enter_net: return {"setns", "NET, as launched"};
    case OpCode::check_net: return {"ioctl", "SIOCSIFFLAGS \"lo\" UP, as launched"};
    case OpCode::join: return {"setns", of.show(op.join)};
    case OpCode::set_hostname: return {"sethostname", of.show(op.one_text)};
    case OpCode::open_socket: return {"socket", concat("INET DGRAM", result(op.one_slot.slot))};
    case OpCode::bring_up: return {"ioctl", of.show(op.bring_up)};
    case OpCode::new_session: return {"setsid", ""};
    case OpCode::set_umask: return {"umask", octal(static_cast<uint32_t>(op.flags.flags))};
    case OpCode::set_limit: return {"prlimit", of.show(op.set_limit)};
    case OpCode::change_dir: return {"chdir", of.show(op.one_text)};
    case OpCode::change_dir_if_same: return {"chdir_if_same", of.show(op.same_dir)};
    case OpCode::check_cwd: return {"getcwd", "inside the root"};
    case OpCode::default_signals: return {"default_signals", "every handler, no mask"};
    case OpCode::place_fd: return {"dup3", of.show(op.place_fd)};
    case OpCode::merge_fd: return {"dup3", of.show(op.merge_fd)};
    case OpCode::lift_fds: return {"lift_fds", of.show(op.lift_fds)};
    case OpCode::close_from: return {"close_range", of.from_on(op.place_fd)};
    case OpCode::die_with_parent: return {"prctl", "PDEATHSIG KILL"};
    case OpCode::set_dumpable: return {"prctl", concat("DUMPABLE ", std::to_string(op.flags.flags))};
    case OpCode::no_new_privs: return {"prctl", "NO_NEW_PRIVS"};
    case OpCode::set_nice: return {"setpriority", std::to_string(static_cast<int32_t>(op.flags.flags))};
    case OpCode::set_processors: return {"sched_setaffinity", of.processors(op.one_text)};
    case OpCode::own_cores: return {"prctl", "SCHED_CORE CREATE"};
    case OpCode::limit_processes: return {"prlimit", of.show(op.set_limit)};
    case OpCode::make_rules: return {"landlock_create", of.show(op.make_rules)};
    case OpCode::allow_path: return {"landlock_add", of.show(op.allow_path)};
    case OpCode::allow_port: return {"landlock_add", of.show(op.allow_port)};
    case OpCode::restrict_self: return {"landlock_restrict", of.show(op.one_slot)};
    case OpCode::filter: return {"seccomp", concat("SET_MODE_FILTER ", plan.text(op.subject))};
    case OpCode::terminal: return {terminal_name(op.terminal.call), of.show(op.terminal)};
    case OpCode::set_groups: return {"setgroups", of.show(op.set_groups)};
    case OpCode::set_group: return {"setresgid", of.show(op.set_id)};
    case OpCode::set_user: return {"setresuid", of.show(op.set_id)};
    case OpCode::clear_ambient: return {"prctl", "CAP_AMBIENT CLEAR_ALL"};
    case OpCode::drop_bounding: return {"prctl", concat("CAPBSET_DROP all but ", hexadecimal(op.capabilities.keep))};
    case OpCode::set_capabilities: return {"capset", concat("at most ", hexadecimal(op.capabilities.keep))};
    case OpCode::join_keyring: return {"keyctl", "JOIN_SESSION_KEYRING, a new one"};
    case OpCode::check_user: return {"check_user", of.show(op.check_user)};
    case OpCode::check_capabilities: return {"check_capabilities", of.show(op.check_capabilities)};
    case OpCode::check_privileges: return {"prctl", op.flags.flags != 0 ? "GET_NO_NEW_PRIVS, 1" : "GET_NO_NEW_PRIVS"};
    case OpCode::check_calls: return {"check_calls", "where a filter is around"};
    case OpCode::check_map: return {"check_map", of.show(op.check_map)};
    case OpCode::check_mount: return {"check_mount", of.show(op.check_mount)};
    case OpCode::check_namespaces: return {"check_namespaces", of.show(op.check_namespaces)};
    case OpCode::check_descriptors: return {"check_fds", of.show(op.check_descriptors)};
    case OpCode::announce_pid: return {"getpid", of.show(op.announce_pid)};
    case OpCode::exec: return exec_line(op.exec, of.quote(op.subject));
    }
    return {};
}

} // namespace ctr::plan
