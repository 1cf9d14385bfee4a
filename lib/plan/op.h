// SPDX-License-Identifier: MIT
// The operations of a plan: what ctr-init does, one system call each. Plain data without pointers, so that a plan
// is one sealed image that any process can map; shared by the compiler, the printer and the freestanding child.
//
// Operands are constants, texts (offsets into the image) and slots (a small array of descriptors of the child).
// An operation whose slot is empty, because an accepted failure left it so, is skipped.
#pragma once

#include <stdint.h>

namespace ctr::plan {

using Slot = int32_t;
inline constexpr Slot at_cwd = -100;            // AT_FDCWD: paths are taken from the host's working directory
inline constexpr int32_t most_passed_fds = 240; // SCM_RIGHTS carries 253, some of them ours

struct Text {
    uint32_t at; // offset of NUL-terminated bytes in the image; 0 is no text
};

enum class OpCode : uint16_t {
    // files and mounts
    open_tree,       // open_tree(2): a detached copy of a mount
    set_mount,       // mount_setattr(2)
    open_in_root,    // openat2(2), resolved inside the slot's tree; asked again while it answers EAGAIN
    open_at,         // openat(2)
    make_dir,        // mkdirat(2)
    make_file,       // mknodat(2): an empty regular file
    make_link,       // symlinkat(2)
    check_type,      // fstat(2): the kind of file that was surveyed
    check_same,      // fstat(2) of two slots: the same file
    check_device,    // fstat(2): the character device with these numbers
    move_mount,      // move_mount(2), onto a slot, or a name in it
    fs_open,         // fsopen(2)
    fs_set,          // fsconfig(2): a key with a value, or a flag
    fs_set_layers,   // fsconfig(2): lowerdir of two slots
    fs_create,       // fsconfig(2): make the superblock
    fs_mount,        // fsmount(2)
    write_file,      // write(2)
    close_slot,      // close(2)
    enter_dir,       // fchdir(2)
    pivot_root,      // pivot_root(".", ".")
    detach_here,     // umount2(".", MNT_DETACH): what is mounted on top of the working directory
    check_root,      // statx(2): nothing is mounted over the root, so .. of / is /
    set_propagation, // mount(2) on /
    // namespaces
    unshare,      // unshare(2)
    join,         // setns(2)
    enter_net,    // setns(2) into the network namespace that a thread of ctr-init has made since the launch
    set_hostname, // sethostname(2)
    open_socket,  // socket(2)
    bring_up,     // ioctl(SIOCSIFFLAGS)
    check_net,    // what that thread's ioctl(SIOCSIFFLAGS) of the loopback interface answered
    // process
    new_session,        // setsid(2)
    set_umask,          // umask(2)
    set_limit,          // prlimit(2)
    change_dir,         // chdir(2)
    change_dir_if_same, // enters the caller's directory where it is the same one inside, else /
    check_cwd,          // getcwd(2): inside the root
    default_signals,    // rt_sigaction(2) for every signal, then an empty mask
    place_fd,           // dup3(2) onto a number
    merge_fd,           // dup3(2) of a number onto another
    lift_fds,           // fcntl(F_DUPFD) of passed descriptors above every number that will be used
    close_from,         // close_range(2): close-on-exec from a number on
    die_with_parent,    // prctl(PR_SET_PDEATHSIG)
    set_dumpable,       // prctl(PR_SET_DUMPABLE)
    no_new_privs,       // prctl(PR_SET_NO_NEW_PRIVS)
    filter,             // seccomp(SECCOMP_SET_MODE_FILTER)
    // limits
    set_nice,        // setpriority(2)
    set_processors,  // sched_setaffinity(2), and sched_getaffinity(2): all of them are there
    own_cores,       // prctl(PR_SCHED_CORE)
    limit_processes, // prlimit(2), when the thread of the launch has gone: it would be counted
    // landlock
    make_rules,    // landlock_create_ruleset(2)
    allow_path,    // landlock_add_rule(2): what is below a path of the container; fewer rights where it is a file
    allow_port,    // landlock_add_rule(2)
    restrict_self, // landlock_restrict_self(2)
    // a terminal of the container's own
    terminal, // as TerminalCall says
    // identity
    set_groups,       // setgroups(2)
    set_group,        // setresgid(2)
    set_user,         // setresuid(2)
    clear_ambient,    // prctl(PR_CAP_AMBIENT)
    drop_bounding,    // prctl(PR_CAPBSET_DROP) for every capability that is not kept
    set_capabilities, // capset(2): permitted and effective to what is kept of them, inheritable emptied
    join_keyring,     // keyctl(KEYCTL_JOIN_SESSION_KEYRING): a new one
    // what the kernel says of it, just before exec
    check_user,         // getresuid(2), getresgid(2), getgroups(2)
    check_capabilities, // capget(2), prctl(PR_CAPBSET_READ) for every capability: no more than is kept
    check_privileges,   // prctl(PR_GET_NO_NEW_PRIVS): set, where the flags are not 0
    check_calls,        // where a filter is around: calls of the plan that can only fail do fail
    check_map,          // pread(2) of the map that was written
    check_mount,        // fstatfs(2): at least these flags
    check_namespaces,   // uname(2); where a filter is around, the numbers of the namespaces
    check_descriptors,  // fcntl(F_GETFD): nothing but these survives exec
    // the end of the story
    announce_pid, // getpid(2), written into a variable of the environment
    exec,         // execve(2), tried along PATH where the command has no slash; or execveat(2) of a descriptor
};

struct OpenTree {
    Slot dir;
    Text path; // no text: the slot itself
    uint32_t flags;
    Slot out;
};
struct SetMount {
    Slot mount;
    uint32_t flags; // AT_RECURSIVE
    uint64_t set;
    uint64_t clear;
};
struct OpenInRoot {
    Slot root;
    Text path;
    uint64_t flags;
    uint64_t resolve; // RESOLVE_*
    Slot out;
};
struct OpenAt {
    Slot dir;
    Text path;
    uint32_t flags;
    uint32_t mode;
    Slot out;
};
struct MakeDir {
    Slot dir;
    Text name;
    uint32_t mode;
};
struct MakeFile {
    Slot dir;
    Text name;
    uint32_t mode;
};
struct MakeLink {
    Slot dir;
    Text name;
    Text target;
};
struct CheckType {
    Slot file;
    uint32_t type; // S_IFMT bits
};
struct CheckSame {
    Slot one;
    Slot other;
};
struct CheckDevice {
    Slot file;
    uint32_t major;
    uint32_t minor;
};
struct MoveMount {
    Slot tree;
    Slot target; // at_cwd: the root of the process
    Text path;   // below it; no text: the slot itself. Only where nobody else can make links.
};
struct FsOpen {
    Text type;
    Slot out;
};
struct FsSet {
    Slot fs;
    Text key;
    Text value; // no text: a flag
};
struct FsSetLayers {
    Slot fs;
    Slot upper; // its entries win
    Slot lower;
};
struct FsMount {
    Slot fs;
    uint32_t attributes;
    Slot out;
};
struct WriteFile {
    Slot file;
    Text data;
    uint32_t size;
};
enum class TerminalCall : uint32_t {
    unlock,    // TIOCSPTLCK
    open,      // TIOCGPTPEER: the command's side, of the slot that is the other one
    resize,    // TIOCSWINSZ
    control,   // TIOCSCTTY: the session of the process
    give,      // fchown(2) to a user
    hand_over, // sendmsg(2): for the host
};
struct Terminal {
    Slot slot;
    TerminalCall call;
    uint32_t flags; // open; give: the user
    Slot out;       // open
    uint32_t rows;  // resize
    uint32_t columns;
};
struct OneSlot {
    Slot slot;
};
struct Flags {
    uint64_t flags;
};
struct Join {
    Slot ns;
    uint32_t type; // CLONE_NEW*
};
struct OneText {
    Text text;
    uint32_t size;
};
struct BringUp {
    Slot socket;
    Text name;
};
struct SetLimit {
    uint32_t resource;
    uint64_t soft;
    uint64_t hard;
};
struct SameDir {
    Text path;
    uint64_t device;
    uint64_t inode;
};
struct PlaceFd {
    Slot from;
    int32_t number;
};
struct MergeFd {
    int32_t from;
    int32_t number;
};
struct LiftFds {
    int32_t above;
    int32_t count; // slots 0 to count-1
};
struct MakeRules {
    uint64_t paths; // LANDLOCK_ACCESS_FS_* that are denied where no rule allows them
    uint64_t ports; // LANDLOCK_ACCESS_NET_*
    uint64_t scope; // LANDLOCK_SCOPE_*
    uint32_t size;  // of what this kernel knows of the three
    Slot out;
};
struct AllowPath {
    Slot rules;
    Slot dir;  // with no path
    Text path; // absolute
    uint32_t reserved;
    uint64_t access;
};
struct AllowPort {
    Slot rules;
    uint32_t port;
    uint64_t access;
};
struct SetFilter {
    Text program;   // sock_filter[count], aligned
    uint32_t count; // at most 4096
    uint32_t flags; // SECCOMP_FILTER_FLAG_*
};
struct SetGroups {
    Text ids; // uint32_t[count], aligned
    uint32_t count;
};
struct SetId {
    uint32_t id;
};
struct KeepCapabilities {
    uint64_t keep;
};
struct CheckUser {
    uint32_t uid;
    uint32_t gid;
    int32_t count; // of supplementary groups; -1 where they are not known
    Text groups;   // uint32_t[count], aligned
};
struct CheckCapabilities {
    uint64_t bounding;
    uint64_t permitted;
};
enum class MapOf : uint32_t { users, groups };
struct CheckMap {
    Slot file;
    MapOf of;
    Text map; // as it was written
};
struct CheckMount {
    Slot mount;
    uint32_t flags; // ST_*
    int32_t number; // its place in the report; -1 is none
};
struct CheckNamespaces {
    uint64_t own;    // CLONE_NEW*
    uint64_t shared; // likewise
    Text hostname;   // no text: not set
};
struct CheckDescriptors {
    Text numbers; // int32_t[count], aligned, ascending: beside 0, 1 and 2
    uint32_t count;
    int32_t below; // every number below is looked at
};
struct AnnouncePid {
    uint32_t variable; // its place in the environment; it has room for any pid behind the "="
};
enum class ExecBy : uint32_t { path, search, descriptor };
struct Exec {
    ExecBy by;
    Slot program; // of a descriptor
};

struct Op {
    OpCode code = OpCode::close_slot;
    uint8_t step = 0;   // a ctr::Step; the child never looks
    uint8_t call = 0;   // a ctr::Call: the setter that this operation serves
    int32_t accept = 0; // one errno that is no failure; 0 is none
    int32_t index = -1; // of that setter's call
    Text subject = {0};
    Text message = {0};
    union {
        OpenTree open_tree;
        SetMount set_mount;
        OpenInRoot open_in_root;
        OpenAt open_at;
        MakeDir make_dir;
        MakeFile make_file;
        MakeLink make_link;
        CheckType check_type;
        CheckSame check_same;
        CheckDevice check_device;
        MoveMount move_mount;
        FsOpen fs_open;
        FsSet fs_set;
        FsSetLayers fs_set_layers;
        FsMount fs_mount;
        WriteFile write_file;
        Terminal terminal;
        OneSlot one_slot;
        Flags flags;
        Join join;
        OneText one_text;
        BringUp bring_up;
        SetLimit set_limit;
        SameDir same_dir;
        PlaceFd place_fd;
        MergeFd merge_fd;
        LiftFds lift_fds;
        MakeRules make_rules;
        AllowPath allow_path;
        AllowPort allow_port;
        SetFilter filter;
        SetGroups set_groups;
        SetId set_id;
        KeepCapabilities capabilities;
        CheckUser check_user;
        CheckCapabilities check_capabilities;
        CheckMap check_map;
        CheckMount check_mount;
        CheckNamespaces check_namespaces;
        CheckDescriptors check_descriptors;
        AnnouncePid announce_pid;
        Exec exec;
        uint64_t words[5] = {};
    };
};
static_assert(sizeof(Op) == 64);

} // namespace ctr::plan
