// SPDX-License-Identifier: MIT
//! One mount, with its flags.

use std::ffi::{OsStr, OsString};
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use libctr_sys as sys;

use crate::settings::Settings;

/// Flags of mount(2) that are not this library's.
mod ms {
    pub const RDONLY: u64 = 1;
    pub const NOSUID: u64 = 2;
    pub const NODEV: u64 = 4;
    pub const NOEXEC: u64 = 8;
    pub const NOATIME: u64 = 1 << 10;
    pub const BIND: u64 = 1 << 12;
    pub const REC: u64 = 1 << 14;
}

#[derive(Clone, Debug)]
enum Source {
    None,
    Path(OsString),
    Descriptor(Arc<OwnedFd>),
    /// A descriptor that could not be duplicated: the error is told when something is started.
    Fault(crate::Error),
}

/// A mount, for [`Container::mount`](crate::Container::mount).
///
/// ```
/// use libctr::{Container, Mount};
///
/// let output = Container::new()
///     .mount(Mount::bind("/usr", "/mnt").read_only().no_exec())
///     .mount(Mount::tmpfs("/tmp").options("size=1m,mode=1777"))
///     .command("ls")
///     .arg("/mnt")
///     .output()?;
/// assert!(output.status.success());
/// # Ok::<(), libctr::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a mount does nothing until a container has it"]
pub struct Mount {
    source: Source,
    target: OsString,
    kind: OsString,
    flags: u64,
    options: Option<OsString>,
}

impl Mount {
    /// Shows a file or directory of the host, with what is mounted below it.
    pub fn bind(source: impl AsRef<Path>, target: impl AsRef<Path>) -> Self {
        let source = Source::Path(source.as_ref().into());
        Self {
            source,
            flags: ms::BIND | ms::REC,
            ..Self::new("bind", target)
        }
    }

    /// As [`bind`](Self::bind), of an open file or directory.
    pub fn bind_fd(source: impl AsFd, target: impl AsRef<Path>) -> Self {
        let message = "the descriptor cannot be duplicated";
        let source = match source.as_fd().try_clone_to_owned() {
            Ok(fd) => Source::Descriptor(Arc::new(fd)),
            Err(error) => Source::Fault(crate::Error::of_io("ctr_config_add_mount_fd", message, &error)),
        };
        Self {
            source,
            flags: ms::BIND | ms::REC,
            ..Self::new("bind", target)
        }
    }

    /// An empty file system in memory, without set-user-id programs and devices.
    pub fn tmpfs(target: impl AsRef<Path>) -> Self {
        Self {
            flags: ms::NOSUID | ms::NODEV,
            ..Self::new("tmpfs", target)
        }
    }

    /// A file system of this type: `tmpfs`, `proc`, `sysfs`, `mqueue`, `devpts` or `cgroup2`; without flags.
    pub fn new(kind: impl AsRef<OsStr>, target: impl AsRef<Path>) -> Self {
        let (kind, target) = (kind.as_ref().to_owned(), target.as_ref().into());
        Self {
            source: Source::None,
            target,
            kind,
            flags: 0,
            options: None,
        }
    }

    /// Nothing can be written there; for a bind at once, and below it too.
    pub fn read_only(self) -> Self {
        self.with(ms::RDONLY)
    }

    /// No program there is executed.
    pub fn no_exec(self) -> Self {
        self.with(ms::NOEXEC)
    }

    /// No program there gains rights by its owner.
    pub fn no_suid(self) -> Self {
        self.with(ms::NOSUID)
    }

    /// No device there can be opened.
    pub fn no_dev(self) -> Self {
        self.with(ms::NODEV)
    }

    /// Reading a file leaves its time of access alone.
    pub fn no_atime(self) -> Self {
        self.with(ms::NOATIME)
    }

    /// A bind without what is mounted below its source.
    pub fn not_recursive(mut self) -> Self {
        self.flags &= !ms::REC;
        self
    }

    /// Left out when the source does not exist.
    pub fn optional(self) -> Self {
        self.with(sys::CTR_MOUNT_OPTIONAL)
    }

    /// Missing mount points are made inside binds of the host too.
    pub fn create(self) -> Self {
        self.with(sys::CTR_MOUNT_CREATE)
    }

    /// The last component of the source must not be a symbolic link.
    pub fn no_follow(self) -> Self {
        self.with(sys::CTR_MOUNT_NOFOLLOW)
    }

    /// Adds flags of mount(2), or `CTR_MOUNT_*` of the C interface.
    pub fn with(mut self, flags: u64) -> Self {
        self.flags |= flags;
        self
    }

    /// Options of the file system itself, separated by commas, such as `size=1m,mode=755`.
    pub fn options(mut self, options: impl AsRef<OsStr>) -> Self {
        self.options = Some(options.as_ref().to_owned());
        self
    }

    pub(crate) fn record(self, settings: &mut Settings) {
        match self.source.clone() {
            Source::None => self.record_path(settings, None),
            Source::Path(path) => self.record_path(settings, Some(&path)),
            Source::Descriptor(fd) => self.record_descriptor(settings, fd),
            Source::Fault(error) => settings.fail(error),
        }
    }

    fn record_descriptor(self, settings: &mut Settings, fd: Arc<OwnedFd>) {
        if let Some(target) = settings.c_string("ctr_config_add_mount_fd", &self.target) {
            // SAFETY: the config is live and the text ends with NUL.
            settings.record(move |config| unsafe {
                sys::ctr_config_add_mount_fd(config, fd.as_raw_fd(), target.as_ptr(), self.flags)
            });
        }
    }

    fn record_path(self, settings: &mut Settings, source: Option<&OsStr>) {
        let call = "ctr_add_mount";
        let source = settings.optional_c_string(call, source);
        let options = settings.optional_c_string(call, self.options.as_deref());
        if let (Some(source), Some(options), Some(target), Some(kind)) = (
            source,
            options,
            settings.c_string(call, &self.target),
            settings.c_string(call, &self.kind),
        ) {
            // SAFETY: the config is live; the texts end with NUL or are NULL.
            settings.record(move |config| unsafe {
                let (source, options) = (source.as_ptr(), options.as_ptr());
                sys::ctr_add_mount(config, source, target.as_ptr(), kind.as_ptr(), self.flags, options)
            });
        }
    }
}
