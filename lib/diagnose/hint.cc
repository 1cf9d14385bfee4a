// SPDX-License-Identifier: MIT
// What a person should try, from the step, the errno and the facts of the host. Nowhere else is advice written.
#include "base/text.h"
#include "diagnose/diagnose.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>

namespace ctr::diagnose {

namespace {

bool file_says(char const* path, char const* value)
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, path, O_RDONLY);
    if (!file)
        return false;
    std::string const text = sys::read_all(file.value.get(), 64).value;
    return text == concat(value, "\n") || text == value;
}

// A namespace limit is reported as ENOSPC, which would read "no space left on device".
std::string namespace_limit()
{
    for (char const* name : {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time"})
        if (file_says(concat("/proc/sys/user/max_", name, "_namespaces").c_str(), "0"))
            return concat("user.max_", name,
                          "_namespaces is 0 on this host: an administrator can allow it with `sysctl "
                          "user.max_",
                          name, "_namespaces=10000`");
    return "a limit on namespaces is reached: see the sysctls user.max_*_namespaces, or end some containers";
}

// Ubuntu lets the clone succeed and takes the capabilities away: it shows at a clone with more namespaces, a map, a mount, or the loopback.
bool apparmor_restricts() { return file_says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"); }

// The name of the AppArmor profile that the caller is under, and its children; empty where it is under none.
std::string confining_profile()
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, "/proc/self/attr/apparmor/current", O_RDONLY);
    std::string const label = file ? sys::read_all(file.value.get(), 4096).value : "";
    std::size_t const mode = label.find(" (enforce)");
    return mode == std::string::npos ? "" : label.substr(0, mode);
}

constexpr char const* apparmor_advice =
    "AppArmor restricts unprivileged user namespaces on this host (kernel.apparmor_restrict_unprivileged_userns=1): "
    "install the AppArmor profile for ctr-init, or have an administrator set the sysctl to 0";

// What AppArmor has to do with a refusal, or nothing.
std::string apparmor_hint()
{
    if (apparmor_restricts())
        return apparmor_advice;
    std::string const profile = confining_profile();
    if (profile.empty())
        return "";
    return concat("the AppArmor profile ", quoted(profile),
                  " is in force here and may refuse it: it has to allow userns, mount, umount, pivot_root and "
                  "capability; or start "
                  "without it (--security-opt apparmor=unconfined for an outer engine)");
}

bool is_traced()
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, "/proc/self/status", O_RDONLY);
    std::string const status = file ? sys::read_all(file.value.get(), 64U << 10).value : "";
    return status.find("\nTracerPid:\t") != std::string::npos && status.find("\nTracerPid:\t0\n") == std::string::npos;
}

bool lacks_setfcap() { return ::prctl(PR_CAPBSET_READ, CAP_SETFCAP, 0, 0, 0) == 0; }

// No memory file may be executed, and ctr-init is not installed.
std::string memory_file_hint()
{
    if (file_says("/proc/sys/vm/memfd_noexec", "2"))
        return "vm.memfd_noexec is 2 on this host: install libctr there, with its ctr-init, or have an administrator "
               "set the sysctl "
               "to 1 or 0";
    return "install libctr there, with its ctr-init: a security module or a filter forbids to execute what is in "
           "memory";
}

std::string launch_hint(Error const& error)
{
    if (error.sys == ENOSPC || error.sys == EUSERS)
        return namespace_limit();
    if (error.sys == EPERM && file_says("/proc/sys/kernel/unprivileged_userns_clone", "0"))
        return "kernel.unprivileged_userns_clone is 0 on this host: an administrator can allow it with `sysctl "
               "kernel.unprivileged_userns_clone=1`";
    if (error.code == Code::unsupported && error.message.find("memory file") != std::string::npos)
        return memory_file_hint();
    if ((error.sys == EPERM || error.sys == EACCES) && apparmor_restricts())
        return apparmor_advice;
    if (error.sys == EPERM || error.sys == EACCES || error.sys == ENOSYS) {
        std::string const profile = confining_profile();
        return concat("unprivileged user namespaces are not allowed here: a seccomp filter of an outer container (for "
                      "one of ctr: "
                      "--security-opt seccomp=build), a chroot or a security module refuses them",
                      profile.empty() ? "" : ", such as the AppArmor profile that is in force, ", profile);
    }
    if (error.sys == EAGAIN)
        return "a limit on processes is reached: see `ulimit -u`";
    if (error.sys == EFBIG)
        return "the limit on file sizes is too low for ctr-init or its plan: see `ulimit -f`";
    return "";
}

// Of the maps that are written without helpers; the files are in /proc.
std::string map_file_hint(Error const& error, host::Facts const* facts)
{
    if (error.sys == ENOENT)
        return "ids are mapped by files of /proc: have a proc file system of the caller's own pid namespace mounted "
               "there";
    if (error.sys == EROFS)
        return "ids are mapped by files of /proc, which is mounted read-only here: have it mounted writable, or a "
               "fresh one";
    if (error.sys == EPERM && facts != nullptr && facts->caller.uid == 0 && lacks_setfcap())
        return "to map the user 0 of the caller's own user namespace the kernel asks for CAP_SETFCAP (Linux 5.12), "
               "which the caller lacks: let it have it (--cap-add SETFCAP for an outer engine), or run as another user";
    if (error.sys == EACCES && apparmor_hint().empty())
        return "ids are mapped by files of /proc: a security module or the mount on /proc keeps the caller from "
               "writing to them";
    return error.sys == EPERM || error.sys == EACCES ? apparmor_hint() : "";
}

std::string map_hint(Error const& error, host::Facts const* facts)
{
    if (error.message.find("/etc/subuid") != std::string::npos ||
        error.message.find("/etc/subgid") != std::string::npos) {
        std::string const file = error.message.find("/etc/subuid") != std::string::npos ? "/etc/subuid" : "/etc/subgid";
        std::string who = "USER";
        if (facts != nullptr)
            who = facts->caller.name.empty() ? std::to_string(facts->caller.uid) : facts->caller.name;
        return concat("have an administrator add the line \"", who, ":100000:65536\" to ", file,
                      ", with a range nobody else has; or map a single id");
    }
    if (error.message.find("not installed") != std::string::npos)
        return "install the package that has them (uidmap on Debian and Ubuntu, shadow-utils on Fedora); or map a "
               "single id";
    if (error.message.find("did not write") != std::string::npos && is_traced())
        return "who is traced (by strace -f or a debugger) gains no privileges from setuid helpers: do without the "
               "tracer, or map a single id";
    if (error.message.find("did not write") != std::string::npos)
        return "check the caller's ranges in /etc/subuid and /etc/subgid, and that the helpers have their setuid bit "
               "or "
               "file capabilities; or map a single id";
    if (error.message.find("without a user namespace") != std::string::npos)
        return "run as root, or let the container have its own user namespace (map auto, single or subid)";
    return map_file_hint(error, facts);
}

// Such a call can only fail, and not with ENOSYS where there is one.
bool kernel_lacks(long call) { return ::syscall(call, -1, nullptr, -1, nullptr, 0) == -1 && errno == ENOSYS; }

std::string mount_calls_hint()
{
    std::string which;
    constexpr std::pair<char const*, long> calls[] = {
        {"fsopen", SYS_fsopen},
        {"open_tree", SYS_open_tree},
        {"move_mount", SYS_move_mount},
        {"mount_setattr", 442 /* as everywhere; newer than some headers */}};
    for (auto const& [name, number] : calls)
        if (kernel_lacks(number))
            which += concat(which.empty() ? "" : ", ", name);
    utsname system = {};
    (void)::uname(&system); // cannot fail
    return concat("Linux 5.12 or later is needed, and here it is ", system.release,
                  which.empty() ? std::string() : concat(" without the system call ", which),
                  ": use a newer kernel, or let the seccomp filter of an outer container allow the mount calls");
}

// The subject of a bind that fails is the source, or the place where it was to appear.
bool is_about_source(Error const& error)
{
    return error.message.find(concat("cannot bind ", quoted(error.subject), " to ")) == 0;
}

// 0 where there is nothing.
mode_t kind_of(std::string const& path)
{
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

std::string bind_hint(Error const& error)
{
    if (error.sys == EINVAL && is_about_source(error) && kind_of(error.subject) == S_IFDIR)
        return "a directory with mounts below it can only be bound with them: use rbind";
    if (error.sys != ENOENT || error.origin.call != Call::add_mount)
        return "";
    if (is_about_source(error) && kind_of(error.subject) == 0)
        return "the source does not exist on the host; create it, or add \":optional\"";
    return "there is no such place in the container, and none can be made there: choose another one";
}

// It is the container's root that lacks the mount point.
bool is_to_be_made_in_root(Error const& error, host::Facts const* facts)
{
    auto const is_it = [&](host::TargetFacts const& target) {
        return target.path == error.subject && target.ground == host::Ground::root && !target.missing.empty() &&
               !target.layered;
    };
    return facts != nullptr && std::any_of(facts->root.targets.begin(), facts->root.targets.end(), is_it);
}

std::string mount_hint(Error const& error, host::Facts const* facts)
{
    bool const refused = error.sys == EPERM || error.sys == EACCES;
    if (error.sys == EACCES && is_to_be_made_in_root(error, facts))
        return "the container's root cannot be written to there, so no mount point can be made: have the root "
               "read-only "
               "(--read-only), which needs none, or make the mount point before";
    if (refused && error.message.find("mount proc") != std::string::npos)
        return "the host's /proc is partly covered, as in most outer containers, and the kernel refuses a fresh one: "
               "unmask it outside (--security-opt unmask=ALL for the outer engine), or show the host's (--proc host), "
               "or do without (--proc none)";
    if (refused && error.message.find("mount sysfs") != std::string::npos)
        return "the host's /sys is partly covered, as in most outer containers, and the kernel refuses a fresh one: "
               "unmask it outside (--security-opt unmask=ALL for the outer engine), or show the host's: --proc host, "
               "or --net host";
    if (refused && !apparmor_hint().empty())
        return apparmor_hint();
    if (error.sys == EINVAL && error.message.find("cannot change to the new root") == 0)
        return "the kernel moves no root away that is an initramfs: let the host go to another one first, by "
               "switch_root to a tmpfs";
    if (error.message.find("no mount point") != std::string::npos)
        return "nothing is made in a directory of the host unless it is asked for: make it there, or add \":create\"";
    if (error.sys == ENOSYS)
        return mount_calls_hint();
    if (error.message.find("cannot bind the device") == 0)
        return "every container's /dev shows this device of the host: have an administrator make it (see mknod(1), and "
               "null(4), "
               "random(4) or tty(4) for its numbers)";
    return error.message.find("cannot bind") == 0 ? bind_hint(error) : "";
}

std::string seccomp_hint(Error const& error)
{
    if (error.message.find("be executed") != std::string::npos)
        return "allow execve and execveat in the profile, without asking";
    if (error.message.find("handed over") != std::string::npos)
        return "allow sendmsg in the profile, without asking";
    if (error.message.find("nobody listens") != std::string::npos)
        return "a program answers, with ctr_config_set_seccomp_listener(); the command line has none";
    if (error.sys == EINVAL && error.subject == "bpf")
        return "the kernel takes classic BPF for struct seccomp_data, as seccomp_export_bpf() of libseccomp writes it";
    if (error.sys == ENOSYS || error.sys == EINVAL)
        return "the kernel has no seccomp filters; without one: seccomp profile \"unconfined\"";
    return "";
}

std::string filter_hint(Error const& error)
{
    if (error.message.find("Landlock") != std::string::npos && error.code == Code::unsupported)
        return "use a newer kernel with Landlock among its security modules (lsm=landlock,...), or prefer it only";
    if (error.origin.call == Call::add_landlock_path && error.sys == ENOENT)
        return "the path must exist inside the container";
    return seccomp_hint(error);
}

std::string limits_hint(Error const& error)
{
    bool const refused = error.sys == EPERM || error.sys == EACCES;
    if (error.origin.call == Call::set_core_scheduling)
        return error.sys == ENODEV ? "the processors have no sibling threads that this kernel could keep apart"
                                   : "this kernel has no core scheduling (Linux 5.14, CONFIG_SCHED_CORE)";
    if (error.origin.call == Call::set_cpu_affinity)
        return "one of them is not there, or not the caller's: see `nproc --all` and `taskset -p $$`";
    if (error.origin.call == Call::set_pids_limit && refused)
        return "the caller's own limit is lower, and only a privileged caller may raise it: see `ulimit -Hu`";
    if (error.origin.call == Call::set_pids_limit && error.message.find("host's root") != std::string::npos)
        return "map other ids (map subid or explicit ranges), or run as another user";
    if (refused && error.origin.call == Call::add_rlimit)
        return "a hard limit cannot be above the caller's own (see `ulimit -Ha`), nor nofile above the sysctl "
               "fs.nr_open";
    if (refused && (error.origin.call == Call::set_nice || error.origin.call == Call::set_oom_score_adj))
        return "only a privileged caller may set less than its own value";
    return "";
}

std::string process_hint(Error const& error)
{
    if (error.sys == ENXIO && error.message.find("nobody writes") == 0)
        return "start the writer of the FIFO first, or pass a descriptor of it";
    if (error.sys == ENXIO && error.message.find("nobody reads") == 0)
        return "start the reader of the FIFO first, or pass a descriptor of it";
    return "";
}

std::string exec_hint(Error const& error)
{
    if (error.message.find("in PATH") != std::string::npos)
        return "give the full path, or set PATH with an environment option";
    if (error.message.find("is a script, and exec closes") != std::string::npos)
        return "make the interpreter the command, and pass or bind the script as a file";
    if (error.message.find("rules of Landlock") != std::string::npos)
        return "allow execution of the command, of its interpreter and of its loader (--landlock exec=PATH)";
    if (error.sys == ETXTBSY)
        return "close every descriptor that is open for writing to the program first";
    if (error.sys == E2BIG)
        return "arguments and environment together are too large, or one of them is over 128 KiB";
    return "";
}

std::string name_hint(Error const& error)
{
    if (error.code == Code::exists && error.sys == EEXIST)
        return "choose another name, or remove the container that has it";
    if (error.sys == EBUSY)
        return "end it first";
    if (error.code == Code::denied && error.message.find("others may write") != std::string::npos)
        return "take the right to write from group and others (chmod go-w), or choose another directory";
    return "";
}

} // namespace

void add_hint(Error& error, host::Facts const* facts)
{
    if (!error.hint.empty())
        return;
    if (error.sys == EINTR) { // no operation is interrupted otherwise
        error.hint = "something killed the process while it was set up: the out-of-memory killer, or a filter";
        return;
    }
    if (error.sys == EMFILE) {
        error.hint = "too many descriptors are open: see `ulimit -n`";
        return;
    }
    if (error.sys == ENOTRECOVERABLE) { // ctr-init's word for it
        error.hint = "a filter of an outer container, or a security module, lets calls succeed that it does not make";
        return;
    }
    switch (error.step) {
    case Step::launch:
    case Step::namespaces: error.hint = launch_hint(error); return;
    case Step::map: error.hint = map_hint(error, facts); return;
    case Step::mount:
    case Step::root: error.hint = mount_hint(error, facts); return;
    case Step::network: error.hint = apparmor_hint(); return;
    case Step::filter: error.hint = filter_hint(error); return;
    case Step::limits: error.hint = limits_hint(error); return;
    case Step::process: error.hint = process_hint(error); return;
    case Step::exec: error.hint = exec_hint(error); return;
    case Step::chdir:
        if (error.sys == ENOENT)
            error.hint = "the directory must exist inside the container; bind it with a volume";
        return;
    case Step::identity:
        if (error.origin.call == Call::set_keyring && error.sys == EDQUOT)
            error.hint = "the caller has as many keys as kernel.keys.maxkeys allows: end some containers, raise it, or "
                         "let this one inherit the keyring";
        if (error.message.find("not mapped") != std::string::npos)
            error.hint = "map more ids (map subid), or choose an id that is mapped";
        return;
    case Step::gate:
        if (error.code == Code::lost)
            error.hint = error.message.find("SIGSYS") != std::string::npos
                             ? "a seccomp filter of the host ends processes for a system call that ctr-init makes: let "
                               "it answer with an error instead, or allow the call"
                             : "something killed ctr-init: the out-of-memory killer, or an administrator";
        return;
    case Step::none:
    case Step::validate:
    case Step::survey:
    case Step::wait:
    case Step::kill:
    case Step::join:
    case Step::terminal: return;
    case Step::name: error.hint = name_hint(error); return;
    }
}

} // namespace ctr::diagnose
