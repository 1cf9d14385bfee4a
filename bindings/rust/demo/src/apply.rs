// SPDX-License-Identifier: MIT
//! What each option does: one function per row of the table.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::io::RawFd;
use std::path::Path;

use libctr::{FileAccess, Init, Map, Namespace, PortAccess, Proc, Scope, Stdio};

pub use crate::naming::{all, detach, follow, force, grace, log_size, name, rm, signal, state_dir};

pub use crate::mounts::{device, dir, file, mount, symlink, tmpfs, volume};

use crate::kernel::{borrowed, is_open};
use crate::options::{Line, Use};
use crate::problem::{Problem, NOT_STARTED};
use crate::setup::Setup;
use crate::tty::size_of_callers;
use crate::values::{
    clock, duration, id_range, limit, namespace, nonempty, number, octal, owned, resource, seconds, split,
};

pub type Done = Result<(), Problem>;

const LARGEST_FILE: u64 = 16 << 20;

pub fn rootfs(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_rootfs", used).rootfs(&used.value);
    Ok(())
}

pub fn read_only(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_root_mode", used).read_only_root(true);
    Ok(())
}

pub fn proc(setup: &mut Setup, used: &Use) -> Done {
    let proc = match &*used.text() {
        "fresh" => Proc::Fresh,
        "host" => Proc::Host,
        "none" => Proc::Absent,
        _ => return Err(used.bad("not a kind of /proc")),
    };
    setup.for_call("ctr_config_set_proc", used).proc(proc);
    Ok(())
}

pub fn workdir(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_cwd", used).current_dir(&used.value);
    Ok(())
}

pub fn env(setup: &mut Setup, used: &Use) -> Done {
    add_variable(setup, used, &used.value).ok_or_else(|| used.bad("not a variable"))
}

/// NAME=VALUE, or NAME for the caller's, which may be absent.
fn add_variable(setup: &mut Setup, used: &Use, text: &OsStr) -> Option<()> {
    let (name, value) = split(text, b'=');
    if name.is_empty() {
        return None;
    }
    if let Some(value) = value.or_else(|| std::env::var_os(&name)) {
        setup.for_call("ctr_config_add_env", used).env(name, value);
    }
    Some(())
}

pub fn env_file(setup: &mut Setup, used: &Use) -> Done {
    let (content, _) = read_file(used, Path::new(&used.value))?;
    for (at, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = owned(line.strip_suffix(b"\r").unwrap_or(line));
        let told = line.to_string_lossy();
        if told.trim_matches(&[' ', '\t'][..]).is_empty() || told.starts_with('#') {
            continue;
        }
        let fault = || used.bad_line(at + 1);
        add_variable(setup, used, &line).ok_or_else(fault)?;
    }
    Ok(())
}

impl Use {
    fn bad_line(&self, number: usize) -> Problem {
        Problem::new(
            NOT_STARTED,
            &self.label(),
            format!("line {number} of {:?} is not a variable", self.value),
        )
    }
}

/// A file's content and its permissions.
pub fn read_file(used: &Use, path: &Path) -> Result<(Vec<u8>, u32), Problem> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| {
        (&file).take(LARGEST_FILE + 1).read_to_end(&mut content)?;
        file.metadata()
    });
    let metadata = read.map_err(|error| Problem::of_io(&used.label(), &path.to_string_lossy(), &error))?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(Problem::new(
            NOT_STARTED,
            &used.label(),
            format!("{path:?} is larger than 16 MiB"),
        ));
    }
    Ok((content, metadata.permissions().mode() & 0o777))
}

/// Done before everything else, because it forgets variables.
pub fn clear_env(_: &mut Setup, _: &Use) -> Done {
    Ok(())
}

pub fn umask(setup: &mut Setup, used: &Use) -> Done {
    let mask = octal(&used.text()).ok_or_else(|| used.bad("not an octal mode"))?;
    setup.for_call("ctr_config_set_umask", used).umask(mask);
    Ok(())
}

pub fn stdin(setup: &mut Setup, used: &Use) -> Done {
    redirect(setup, used, 0)
}

pub fn stdout(setup: &mut Setup, used: &Use) -> Done {
    redirect(setup, used, 1)
}

pub fn stderr(setup: &mut Setup, used: &Use) -> Done {
    redirect(setup, used, 2)
}

fn redirect(setup: &mut Setup, used: &Use, number: usize) -> Done {
    let (call, stdio) = match used.value.to_str() {
        Some("null") => ("ctr_config_set_stdio", Stdio::null()),
        Some("stdout") if number == 2 => ("ctr_config_set_stdio", Stdio::merged()),
        _ => ("ctr_config_set_stdio_file", Stdio::file(&used.value)),
    };
    setup.note(call, used);
    setup.streams[number] = Some(stdio);
    Ok(())
}

/// `HOST[:INSIDE]`
fn passed(used: &Use) -> Result<(RawFd, RawFd), Problem> {
    let (host, inside) = split(&used.value, b':');
    let host = number(&host.to_string_lossy());
    let inside = inside.map_or(host, |inside| number(&inside.to_string_lossy()));
    host.zip(inside).ok_or_else(|| used.bad("not a file descriptor"))
}

pub fn pass_fd(setup: &mut Setup, used: &Use) -> Done {
    let (host, inside) = passed(used)?;
    setup
        .for_call("ctr_config_add_fd", used)
        .pass_fd(borrowed(host), inside);
    Ok(())
}

fn preserved(used: &Use) -> Result<std::ops::Range<RawFd>, Problem> {
    let count = number::<RawFd>(&used.text()).filter(|count| *count <= 240 && !used.value.is_empty());
    Ok(3..3 + count.ok_or_else(|| used.bad("not a number of file descriptors"))?)
}

pub fn preserve_fds(setup: &mut Setup, used: &Use) -> Done {
    let range = preserved(used)?;
    for fd in range.clone() {
        setup.for_call("ctr_config_add_fd", used).pass_fd(borrowed(fd), fd);
    }
    setup
        .for_call("ctr_config_set_listen_fds", used)
        .listen_fds(range.len() as u32);
    Ok(())
}

/// Done before anything is opened: later a number that the caller has not open could be one of the program's own.
pub fn check_passed_fds(line: &Line) -> Done {
    for used in &line.uses {
        if used.is("pass-fd") {
            check_open(used, passed(used)?.0)?;
        } else if used.is("preserve-fds") {
            preserved(used)?.try_for_each(|fd| check_open(used, fd))?;
        }
    }
    Ok(())
}

fn check_open(used: &Use, fd: RawFd) -> Done {
    let closed = || Problem::new(NOT_STARTED, &used.label(), format!("file descriptor {fd} is not open"));
    is_open(fd).then_some(()).ok_or_else(closed)
}

pub fn ulimit(setup: &mut Setup, used: &Use) -> Done {
    let text = used.text();
    let (name, values) = text.split_once('=').ok_or_else(|| used.bad("not a resource limit"))?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let limits = limit(soft).zip(limit(hard)).ok_or_else(|| used.bad("not a limit"))?;
    let resource = resource(name).ok_or_else(|| used.bad("not a resource limit"))?;
    setup
        .for_call("ctr_config_add_rlimit", used)
        .limit(resource, limits.0, limits.1);
    Ok(())
}

pub fn tty(setup: &mut Setup, used: &Use) -> Done {
    setup.note("ctr_config_set_terminal", used);
    setup.terminal = Some(size_of_callers().unwrap_or((0, 0)));
    Ok(())
}

pub fn interactive(setup: &mut Setup, _: &Use) -> Done {
    setup.interactive = true;
    Ok(())
}

pub fn user(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_user", used).user(&used.value);
    Ok(())
}

pub fn group_add(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_add_group", used).group(&used.value);
    Ok(())
}

pub fn cap_add(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_add_capability", used)
        .capability(&used.value);
    Ok(())
}

pub fn cap_drop(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_drop_capability", used)
        .drop_capability(&used.value);
    Ok(())
}

pub fn cap_profile(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_set_capability_profile", used)
        .capability_profile(&used.value);
    Ok(())
}

pub fn keyring(setup: &mut Setup, used: &Use) -> Done {
    let inherits = match &*used.text() {
        "new" => false,
        "inherit" => true,
        _ => return Err(used.bad("no choice of a keyring")),
    };
    setup.for_call("ctr_config_set_keyring", used).inherit_keyring(inherits);
    Ok(())
}

pub fn pids_limit(setup: &mut Setup, used: &Use) -> Done {
    let count = if used.value == "-1" {
        Some(0)
    } else {
        nonempty(&used.text())
    };
    let count = count.ok_or_else(|| used.bad("not a number of processes"))?;
    setup.for_call("ctr_config_set_pids_limit", used).pids_limit(count);
    Ok(())
}

fn signed(used: &Use) -> Result<i32, Problem> {
    let text = used.text();
    let magnitude = nonempty::<i32>(text.strip_prefix('-').unwrap_or(&text)).ok_or_else(|| used.bad("not a number"))?;
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

pub fn oom_score_adj(setup: &mut Setup, used: &Use) -> Done {
    let value = signed(used)?;
    setup
        .for_call("ctr_config_set_oom_score_adj", used)
        .oom_score_adj(value);
    Ok(())
}

pub fn nice(setup: &mut Setup, used: &Use) -> Done {
    let value = signed(used)?;
    setup.for_call("ctr_config_set_nice", used).nice(value);
    Ok(())
}

pub fn cpuset_cpus(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_set_cpu_affinity", used)
        .cpu_affinity(&used.value);
    Ok(())
}

pub fn core_sched(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_set_core_scheduling", used)
        .own_core_scheduling(true);
    Ok(())
}

pub fn map(setup: &mut Setup, used: &Use) -> Done {
    let map = match &*used.text() {
        "auto" => Map::Auto,
        "single" => Map::Single,
        "subid" => Map::Subid,
        "none" => Map::None,
        _ => return uidmap(setup, used).and_then(|()| gidmap(setup, used)),
    };
    setup.for_call("ctr_config_set_map", used).map(map);
    Ok(())
}

fn ranges(used: &Use) -> Result<Vec<[u32; 3]>, Problem> {
    let text = used.text();
    text.split(',')
        .map(|part| id_range(part).ok_or_else(|| used.bad("neither a mode nor an id range")))
        .collect()
}

pub fn uidmap(setup: &mut Setup, used: &Use) -> Done {
    for [inside, outside, count] in ranges(used)? {
        setup
            .for_call("ctr_config_add_uid_range", used)
            .uid_range(inside, outside, count);
    }
    Ok(())
}

pub fn gidmap(setup: &mut Setup, used: &Use) -> Done {
    for [inside, outside, count] in ranges(used)? {
        setup
            .for_call("ctr_config_add_gid_range", used)
            .gid_range(inside, outside, count);
    }
    Ok(())
}

pub fn newuidmap(setup: &mut Setup, used: &Use) -> Done {
    setup.note("ctr_config_set_id_helpers", used);
    setup.helpers[0] = Some(used.value.clone().into());
    Ok(())
}

pub fn newgidmap(setup: &mut Setup, used: &Use) -> Done {
    setup.note("ctr_config_set_id_helpers", used);
    setup.helpers[1] = Some(used.value.clone().into());
    Ok(())
}

pub fn net(setup: &mut Setup, used: &Use) -> Done {
    let container = match &*used.text() {
        "none" => setup
            .for_call("ctr_config_set_namespace", used)
            .own_namespace(Namespace::Net),
        "host" => setup
            .for_call("ctr_config_set_namespace", used)
            .share_namespace(Namespace::Net),
        "private" => {
            return Err(Problem::new(
                NOT_STARTED,
                &used.label(),
                "\"private\" is not available yet",
            ))
        }
        _ => return Err(used.bad("not a network mode")),
    };
    let _ = container; // it was changed where it is
    Ok(())
}

pub fn hostname(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_hostname", used).hostname(&used.value);
    Ok(())
}

fn namespaces(used: &Use) -> Result<Vec<Namespace>, Problem> {
    used.text()
        .split(',')
        .map(|name| namespace(name).ok_or_else(|| used.bad("not a namespace")))
        .collect()
}

pub fn unshare(setup: &mut Setup, used: &Use) -> Done {
    for namespace in namespaces(used)? {
        setup
            .for_call("ctr_config_set_namespace", used)
            .own_namespace(namespace);
    }
    Ok(())
}

pub fn share(setup: &mut Setup, used: &Use) -> Done {
    for namespace in namespaces(used)? {
        setup
            .for_call("ctr_config_set_namespace", used)
            .share_namespace(namespace);
    }
    Ok(())
}

pub fn join(setup: &mut Setup, used: &Use) -> Done {
    let (name, path) = split(&used.value, b'=');
    let wanted = namespace(&name.to_string_lossy()).zip(path);
    let (namespace, path) = wanted.ok_or_else(|| used.bad("not a namespace to join"))?;
    let file = File::open(&path).map_err(|error| Problem::of_io(&used.label(), &path.to_string_lossy(), &error))?;
    setup
        .for_call("ctr_config_join_namespace", used)
        .join_namespace(namespace, file);
    Ok(())
}

pub fn time_offset(setup: &mut Setup, used: &Use) -> Done {
    let text = used.text();
    let (name, offset) = text.split_once('=').unwrap_or((&text, ""));
    let wanted = clock(name).zip(seconds(offset));
    let (clock, (seconds, nanoseconds)) = wanted.ok_or_else(|| used.bad("not a clock and its offset"))?;
    setup
        .for_call("ctr_config_add_time_offset", used)
        .time_offset(clock, seconds, nanoseconds);
    Ok(())
}

pub fn landlock(setup: &mut Setup, used: &Use) -> Done {
    let (name, value) = split(&used.value, b'=');
    let value = value.ok_or_else(|| used.bad("no restriction of Landlock"))?;
    let read = FileAccess::READ;
    match name.to_str() {
        Some("read") => landlock_path(setup, used, &value, read),
        Some("write") => landlock_path(setup, used, &value, read | FileAccess::WRITE),
        Some("exec") => landlock_path(setup, used, &value, read | FileAccess::EXECUTE),
        Some("bind") => return landlock_port(setup, used, &value, PortAccess::BIND),
        Some("connect") => return landlock_port(setup, used, &value, PortAccess::CONNECT),
        Some("scope") if value == "sockets" => landlock_scope(setup, used, Scope::SOCKETS),
        Some("scope") if value == "signals" => landlock_scope(setup, used, Scope::SIGNALS),
        Some("mode") if value == "required" || value == "preferred" => {
            setup
                .for_call("ctr_config_set_landlock_mode", used)
                .landlock_required(value == "required");
        }
        _ => return Err(used.bad("no restriction of Landlock")),
    }
    Ok(())
}

fn landlock_path(setup: &mut Setup, used: &Use, path: &OsStr, access: FileAccess) {
    setup
        .for_call("ctr_config_add_landlock_path", used)
        .landlock_path(path, access);
}

fn landlock_port(setup: &mut Setup, used: &Use, text: &OsStr, access: PortAccess) -> Done {
    let port = nonempty(&text.to_string_lossy()).ok_or_else(|| used.bad("no restriction of Landlock: not a port"))?;
    setup
        .for_call("ctr_config_add_landlock_port", used)
        .landlock_port(port, access);
    Ok(())
}

/// Several add up, and the library takes them together.
fn landlock_scope(setup: &mut Setup, used: &Use, scope: Scope) {
    let all = setup.scope.map_or(scope, |before| before | scope);
    setup.scope = Some(all);
    setup
        .for_call("ctr_config_set_landlock_scope", used)
        .landlock_scope(all);
}

pub fn security_opt(setup: &mut Setup, used: &Use) -> Done {
    match &*used.text() {
        "unmask=ALL" => setup
            .for_call("ctr_config_set_system_paths", used)
            .open_system_paths(true),
        "no-new-privileges" | "no-new-privileges=true" => setup
            .for_call("ctr_config_set_new_privs", used)
            .allow_new_privileges(false),
        "no-new-privileges=false" => setup
            .for_call("ctr_config_set_new_privs", used)
            .allow_new_privileges(true),
        text => match text.split_once('=') {
            Some(("proc-opts", options)) => setup
                .for_call("ctr_config_set_proc_options", used)
                .proc_options(options),
            Some(("seccomp", profile)) if !profile.is_empty() => return seccomp(setup, used, profile),
            _ => return Err(used.bad("not a security option")),
        },
    };
    Ok(())
}

/// A built-in profile, or a file: JSON begins with a brace, everything else is taken for a program.
fn seccomp(setup: &mut Setup, used: &Use, profile: &str) -> Done {
    if ["default", "build", "strict", "contained", "crabcan", "unconfined"].contains(&profile) {
        setup.for_call("ctr_config_set_seccomp", used).seccomp(profile);
        return Ok(());
    }
    let path = Path::new(profile);
    if !profile.contains('/') && !path.exists() {
        return Err(used.bad("neither a seccomp profile nor a file"));
    }
    let (content, _) = read_file(used, path)?;
    let first = content.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') && !content.contains(&0) {
        setup
            .for_call("ctr_config_set_seccomp_json", used)
            .seccomp_json(owned(&content));
    } else {
        setup.for_call("ctr_config_set_seccomp_bpf", used).seccomp_bpf(content);
    }
    Ok(())
}

pub fn allow_new_privs(setup: &mut Setup, used: &Use) -> Done {
    setup
        .for_call("ctr_config_set_new_privs", used)
        .allow_new_privileges(true);
    Ok(())
}

pub fn timeout(setup: &mut Setup, used: &Use) -> Done {
    setup.timeout = duration(&used.text()).ok_or_else(|| used.bad("not a duration"))?;
    let after = setup.timeout;
    setup.for_call("ctr_config_set_timeout", used).timeout(after);
    Ok(())
}

pub fn cpu_timeout(setup: &mut Setup, used: &Use) -> Done {
    let longest = duration(&used.text()).ok_or_else(|| used.bad("not a duration"))?;
    setup.for_call("ctr_config_set_cpu_timeout", used).cpu_timeout(longest);
    Ok(())
}

pub fn kill_after(setup: &mut Setup, used: &Use) -> Done {
    setup.kill_after = duration(&used.text()).ok_or_else(|| used.bad("not a duration"))?;
    let grace = setup.kill_after;
    setup.for_call("ctr_config_set_kill_after", used).kill_after(grace);
    Ok(())
}

pub fn init(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_init", used).init(Init::Inside);
    Ok(())
}

pub fn no_init(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_init", used).init(Init::Outside);
    Ok(())
}

pub fn no_die_with_host(setup: &mut Setup, used: &Use) -> Done {
    setup.for_call("ctr_config_set_host_death", used).survives_host(true);
    Ok(())
}

pub fn json(setup: &mut Setup, _: &Use) -> Done {
    setup.json = true;
    Ok(())
}

pub fn status_fd(setup: &mut Setup, used: &Use) -> Done {
    let fd = number(&used.text())
        .filter(|_| !used.value.is_empty())
        .ok_or_else(|| used.bad("not a file descriptor"))?;
    if !setup.explains {
        check_open(used, fd)?;
    }
    setup.status_fd = Some(fd);
    Ok(())
}

pub fn report(setup: &mut Setup, used: &Use) -> Done {
    setup.report = Some(used.value.clone().into());
    Ok(())
}

pub fn quiet(setup: &mut Setup, _: &Use) -> Done {
    setup.quiet = true;
    Ok(())
}

pub fn debug(setup: &mut Setup, _: &Use) -> Done {
    setup.debug = true;
    Ok(())
}
