// SPDX-License-Identifier: MIT
//! The box: root and mounts, namespaces, how ids are mapped, what happens at the end.

use std::ffi::OsStr;
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, RawFd};
use std::path::Path;
use std::time::Duration;

use libctr_sys as sys;

use crate::command::Command;
use crate::mount::Mount;
use crate::process::{process_settings, Keep, Resource};
use crate::settings::{setter, Settings};

/// How ids are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Map {
    /// For a privileged caller every id as itself; otherwise as `Subid` where it can be, else as `Single`.
    Auto = sys::CTR_MAP_AUTO,
    /// Only the caller's own id, as the id of the command.
    Single = sys::CTR_MAP_SINGLE,
    /// The caller's id and all its ranges of /etc/subuid and /etc/subgid.
    Subid = sys::CTR_MAP_SUBID,
    /// No user namespace; the caller must be privileged.
    None = sys::CTR_MAP_NONE,
}

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Namespace {
    /// Users; only to be joined, otherwise [`Container::map`] governs it.
    User = sys::CTR_NAMESPACE_USER,
    /// Mounts.
    Mount = sys::CTR_NAMESPACE_MOUNT,
    /// Processes.
    Pid = sys::CTR_NAMESPACE_PID,
    /// Network.
    Net = sys::CTR_NAMESPACE_NET,
    /// Host name.
    Uts = sys::CTR_NAMESPACE_UTS,
    /// Interprocess communication.
    Ipc = sys::CTR_NAMESPACE_IPC,
    /// Control groups.
    Cgroup = sys::CTR_NAMESPACE_CGROUP,
    /// Clocks.
    Time = sys::CTR_NAMESPACE_TIME,
}

/// What `/proc` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Proc {
    /// The container's own processes.
    Fresh = sys::CTR_PROC_FRESH,
    /// What the host's `/proc` shows, for hosts that refuse fresh ones.
    Host = sys::CTR_PROC_HOST,
    /// Nothing.
    Absent = sys::CTR_PROC_ABSENT,
}

/// Where the library's init runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Init {
    /// It is pid 1 of the container: it reaps orphans and forwards signals.
    Inside = sys::CTR_INIT_INSIDE,
    /// The command itself is pid 1.
    Outside = sys::CTR_INIT_OUTSIDE,
}

/// What happens to the processes that the command leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Leftovers {
    /// They are ended.
    Kill = sys::CTR_LEFTOVERS_KILL,
    /// The container ends with the last of them.
    Wait = sys::CTR_LEFTOVERS_WAIT,
    /// They run on until they end, the container is ended, or its [`Child`](crate::Child) is dropped.
    Leave = sys::CTR_LEFTOVERS_LEAVE,
}

/// A clock that can be shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Clock {
    /// `CLOCK_MONOTONIC`
    Monotonic = 1,
    /// `CLOCK_BOOTTIME`
    Boottime = 7,
}

/// Describes a container. Nothing is checked beyond the shape of arguments, and nothing happens, until a
/// [`Command`] is started in it; what is wrong is the error of that.
///
/// Without any setting: the host's own root file system read-only, every namespace of its own, network with loopback
/// only, ids mapped as [`Map::Auto`] says.
///
/// A description can be copied, and shared between threads; every command started from it gets a container of its own.
///
/// ```
/// use libctr::{Container, Mount};
/// use std::time::Duration;
///
/// let mut container = Container::new();
/// container.hostname("box").mount(Mount::tmpfs("/tmp")).timeout(Duration::from_secs(10));
///
/// let output = container.command("hostname").output()?;
/// assert_eq!(output.stdout, b"box\n");
/// # Ok::<(), libctr::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Container {
    pub(crate) settings: Settings,
}

process_settings!(Container);

impl Container {
    /// A container without any setting.
    pub fn new() -> Self {
        Self::default()
    }

    /// A command to be run in a container that is described as this one is now.
    ///
    /// `program` is a path inside the container, with a `/`, or a name that is looked up in the PATH of the container's
    /// environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        Command::with(self.settings.clone(), program.as_ref())
    }

    fn number(&mut self, setter: crate::settings::NumberSetter, value: u32) -> &mut Self {
        self.settings.number(setter, value);
        self
    }
}

/// Root and mounts.
impl Container {
    /// Sets the root file system: a directory of the host.
    pub fn rootfs(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.settings.text(setter!(ctr_config_set_rootfs), path.as_ref());
        self
    }

    /// Sets whether a root set by [`rootfs`](Self::rootfs) is read-only; it is writable by default. The host's own
    /// never is.
    pub fn read_only_root(&mut self, read_only: bool) -> &mut Self {
        let mode = if read_only {
            sys::CTR_ROOT_READ_ONLY
        } else {
            sys::CTR_ROOT_WRITABLE
        };
        self.number(setter!(ctr_config_set_root_mode), mode)
    }

    /// Adds a mount. Mounts are made parents first, whatever the order of the calls. One on /dev, /proc, /sys, /tmp or
    /// /run replaces the default one there.
    pub fn mount(&mut self, mount: Mount) -> &mut Self {
        mount.record(&mut self.settings);
        self
    }

    /// Shows a file or directory of the host, writable; see [`Mount::bind`].
    pub fn bind(&mut self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> &mut Self {
        self.mount(Mount::bind(source, target))
    }

    /// Shows a file or directory of the host, read-only.
    pub fn bind_read_only(&mut self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> &mut Self {
        self.mount(Mount::bind(source, target).read_only())
    }

    /// Adds a read-only file with this content and mode.
    pub fn file(&mut self, target: impl AsRef<Path>, content: impl Into<Vec<u8>>, mode: u32) -> &mut Self {
        let content = content.into();
        if let Some(target) = self
            .settings
            .c_string("ctr_config_add_file", target.as_ref().as_os_str())
        {
            // SAFETY: the config is live, the text ends with NUL, and the content is as long as is said.
            self.settings.record(move |config| unsafe {
                sys::ctr_config_add_file(config, target.as_ptr(), content.as_ptr().cast(), content.len(), mode)
            });
        }
        self
    }

    /// Makes a symbolic link at `link` that holds `original`; an equal one that exists is kept.
    pub fn symlink(&mut self, original: impl AsRef<Path>, link: impl AsRef<Path>) -> &mut Self {
        let call = "ctr_config_add_symlink";
        let original = self.settings.c_string(call, original.as_ref().as_os_str());
        if let (Some(original), Some(link)) = (original, self.settings.c_string(call, link.as_ref().as_os_str())) {
            // SAFETY: the config is live and the texts end with NUL.
            let set = move |config| unsafe { sys::ctr_config_add_symlink(config, original.as_ptr(), link.as_ptr()) };
            self.settings.record(set);
        }
        self
    }

    /// Makes a directory, with its parents; one that exists is kept as it is.
    pub fn dir(&mut self, path: impl AsRef<Path>, mode: u32) -> &mut Self {
        if let Some(path) = self.settings.c_string("ctr_config_add_dir", path.as_ref().as_os_str()) {
            // SAFETY: the config is live and the text ends with NUL.
            self.settings
                .record(move |config| unsafe { sys::ctr_config_add_dir(config, path.as_ptr(), mode) });
        }
        self
    }

    /// Shows a device node of the host at the same path.
    pub fn device(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.add_device(path.as_ref(), None)
    }

    /// Shows a device node of the host at another path.
    pub fn device_at(&mut self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> &mut Self {
        self.add_device(source.as_ref(), Some(target.as_ref()))
    }

    fn add_device(&mut self, source: &Path, target: Option<&Path>) -> &mut Self {
        let call = "ctr_config_add_device";
        let target = self.settings.optional_c_string(call, target.map(Path::as_os_str));
        if let (Some(source), Some(target)) = (self.settings.c_string(call, source.as_os_str()), target) {
            // SAFETY: the config is live; the texts end with NUL, or the target is NULL.
            let set = move |config| unsafe { sys::ctr_config_add_device(config, source.as_ptr(), target.as_ptr()) };
            self.settings.record(set);
        }
        self
    }

    /// Sets what `/proc` shows.
    pub fn proc(&mut self, proc: Proc) -> &mut Self {
        self.number(setter!(ctr_config_set_proc), proc as u32)
    }

    /// Sets the options of a fresh `/proc`, separated by commas, such as `hidepid=2` or `subset=pid`.
    pub fn proc_options(&mut self, options: impl AsRef<OsStr>) -> &mut Self {
        self.settings.text(setter!(ctr_config_set_proc_options), options);
        self
    }

    /// Sets whether sensitive files of /proc and /sys are left as the kernel mounts them; they are masked by default.
    pub fn open_system_paths(&mut self, open: bool) -> &mut Self {
        let mode = if open {
            sys::CTR_SYSTEM_PATHS_OPEN
        } else {
            sys::CTR_SYSTEM_PATHS_MASKED
        };
        self.number(setter!(ctr_config_set_system_paths), mode)
    }
}

/// Namespaces.
impl Container {
    /// Shares a namespace with the caller.
    pub fn share_namespace(&mut self, namespace: Namespace) -> &mut Self {
        self.set_namespace(namespace, sys::CTR_NAMESPACE_SHARED)
    }

    /// Gives the container a namespace of its own, as is the default.
    pub fn own_namespace(&mut self, namespace: Namespace) -> &mut Self {
        self.set_namespace(namespace, sys::CTR_NAMESPACE_OWN)
    }

    fn set_namespace(&mut self, namespace: Namespace, mode: u32) -> &mut Self {
        // SAFETY: the config is live.
        let set = move |config| unsafe { sys::ctr_config_set_namespace(config, namespace as u32, mode) };
        self.settings.record(set);
        self
    }

    /// Joins a namespace by its file, such as an opened `/proc/PID/ns/net`.
    pub fn join_namespace(&mut self, namespace: Namespace, fd: impl AsFd) -> &mut Self {
        if let Some(fd) = self.settings.descriptor("ctr_config_join_namespace", fd) {
            // SAFETY: the config is live.
            self.settings.record(move |config| unsafe {
                sys::ctr_config_join_namespace(config, namespace as u32, fd.as_raw_fd())
            });
        }
        self
    }

    /// Sets the host name.
    pub fn hostname(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.settings.text(setter!(ctr_config_set_hostname), name);
        self
    }

    /// Shifts a clock by this many seconds and nanoseconds.
    pub fn time_offset(&mut self, clock: Clock, seconds: i64, nanoseconds: u32) -> &mut Self {
        // SAFETY: the config is live.
        self.settings.record(move |config| unsafe {
            sys::ctr_config_add_time_offset(config, clock as c_int, seconds, nanoseconds)
        });
        self
    }
}

/// Identity: how ids are mapped.
impl Container {
    /// Sets how ids are mapped, where no range is added.
    pub fn map(&mut self, map: Map) -> &mut Self {
        self.number(setter!(ctr_config_set_map), map as u32)
    }

    /// Maps `count` user ids from `inside` on to those from `outside` on.
    pub fn uid_range(&mut self, inside: u32, outside: u32, count: u32) -> &mut Self {
        // SAFETY: the config is live.
        let set = move |config| unsafe { sys::ctr_config_add_uid_range(config, inside, outside, count) };
        self.settings.record(set);
        self
    }

    /// Maps `count` group ids from `inside` on to those from `outside` on.
    pub fn gid_range(&mut self, inside: u32, outside: u32, count: u32) -> &mut Self {
        // SAFETY: the config is live.
        let set = move |config| unsafe { sys::ctr_config_add_gid_range(config, inside, outside, count) };
        self.settings.record(set);
        self
    }

    /// Sets the programs that write ranges of ids; `None` keeps the default.
    pub fn id_helpers(&mut self, newuidmap: Option<&Path>, newgidmap: Option<&Path>) -> &mut Self {
        let call = "ctr_config_set_id_helpers";
        let users = self.settings.optional_c_string(call, newuidmap.map(Path::as_os_str));
        let groups = self.settings.optional_c_string(call, newgidmap.map(Path::as_os_str));
        if let (Some(users), Some(groups)) = (users, groups) {
            // SAFETY: the config is live; the texts end with NUL or are NULL.
            let set = move |config| unsafe { sys::ctr_config_set_id_helpers(config, users.as_ptr(), groups.as_ptr()) };
            self.settings.record(set);
        }
        self
    }
}

/// Limits that hold for the whole container.
impl Container {
    /// Limits how many processes and threads each of its user ids may have at a time; 0 is no limit.
    pub fn pids_limit(&mut self, count: u64) -> &mut Self {
        self.settings.long(setter!(ctr_config_set_pids_limit), count);
        self
    }

    /// Sets how eagerly the out-of-memory killer takes its processes: -1000 (never) to 1000 (first).
    pub fn oom_score_adj(&mut self, value: i32) -> &mut Self {
        self.settings.signed(setter!(ctr_config_set_oom_score_adj), value);
        self
    }

    /// Sets the nice value, -20 to 19.
    pub fn nice(&mut self, value: i32) -> &mut Self {
        self.settings.signed(setter!(ctr_config_set_nice), value);
        self
    }

    /// Sets the processors that it starts on, as a list such as `0-3,8`. It is an affinity, not a wall.
    pub fn cpu_affinity(&mut self, list: impl AsRef<OsStr>) -> &mut Self {
        self.settings.text(setter!(ctr_config_set_cpu_affinity), list);
        self
    }

    /// Sets whether no other program may run on the sibling threads of a processor core meanwhile.
    pub fn own_core_scheduling(&mut self, own: bool) -> &mut Self {
        let mode = if own {
            sys::CTR_CORE_SCHEDULING_OWN
        } else {
            sys::CTR_CORE_SCHEDULING_SHARED
        };
        self.number(setter!(ctr_config_set_core_scheduling), mode)
    }
}

/// Rights that it starts with.
impl Container {
    /// Sets what capabilities a command of user 0 starts with: `default`, `contained` or `crabcan`.
    pub fn capability_profile(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.settings.text(setter!(ctr_config_set_capability_profile), name);
        self
    }

    /// Sets whether it has the caller's session keyring; it has an empty one by default.
    pub fn inherit_keyring(&mut self, inherits: bool) -> &mut Self {
        let mode = if inherits {
            sys::CTR_KEYRING_INHERITED
        } else {
            sys::CTR_KEYRING_NEW
        };
        self.number(setter!(ctr_config_set_keyring), mode)
    }
}

/// Lifetime.
impl Container {
    /// Sets how much processor time all processes may use together, those that have ended included; zero is no limit.
    pub fn cpu_timeout(&mut self, longest: Duration) -> &mut Self {
        self.settings.duration(setter!(ctr_config_set_cpu_timeout), longest);
        self
    }

    /// Sets where the library's init runs.
    pub fn init(&mut self, init: Init) -> &mut Self {
        self.number(setter!(ctr_config_set_init), init as u32)
    }

    /// Sets whether the container lives on when the process that started it dies; it does not by default.
    pub fn survives_host(&mut self, survives: bool) -> &mut Self {
        let mode = if survives {
            sys::CTR_HOST_DEATH_LEAVES
        } else {
            sys::CTR_HOST_DEATH_KILLS
        };
        self.number(setter!(ctr_config_set_host_death), mode)
    }

    /// Sets what happens to the processes that the command leaves behind.
    pub fn leftovers(&mut self, leftovers: Leftovers) -> &mut Self {
        self.number(setter!(ctr_config_set_leftovers), leftovers as u32)
    }
}

/// Name: how other processes find the container, see [`Names`](crate::Names).
impl Container {
    /// Gives the container a name. It stays taken after the end, until it is removed, so that the result can be asked for.
    pub fn name(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.set_name(name.as_ref(), 0)
    }

    /// Gives the container a name that is free again as soon as the container has ended.
    pub fn transient_name(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.set_name(name.as_ref(), sys::CTR_NAME_REMOVE)
    }

    fn set_name(&mut self, name: &OsStr, flags: u64) -> &mut Self {
        if let Some(name) = self.settings.c_string("ctr_config_set_name", name) {
            // SAFETY: the config is live and the text ends with NUL.
            self.settings
                .record(move |config| unsafe { sys::ctr_config_set_name(config, name.as_ptr(), flags) });
        }
        self
    }

    /// Sets the directory that names live in: an absolute path, of which only the last component may be missing.
    pub fn state_directory(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.settings
            .text(setter!(ctr_config_set_state_directory), path.as_ref());
        self
    }
}
