// SPDX-License-Identifier: MIT
//! Standard streams: what they are, and the ends of pipes.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;

use libctr_sys as sys;

use crate::error::Result;
use crate::settings::{c_string, Config};

/// What a standard stream of a command is.
#[derive(Debug)]
pub struct Stdio(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    Inherit,
    Null,
    Piped,
    Captured,
    Merged,
    Descriptor(OwnedFd),
    File(OsString, u64),
}

impl Stdio {
    /// The caller's own.
    pub fn inherit() -> Self {
        Self(Kind::Inherit)
    }

    /// `/dev/null`
    pub fn null() -> Self {
        Self(Kind::Null)
    }

    /// A pipe, whose other end the [`Child`](crate::Child) has.
    pub fn piped() -> Self {
        Self(Kind::Piped)
    }

    /// For standard output and error: kept in memory up to
    /// [`capture_limit`](crate::Command::capture_limit), to be had by [`Child::captured`](crate::Child::captured) at any
    /// time. Nobody has to read along.
    pub fn captured() -> Self {
        Self(Kind::Captured)
    }

    /// For standard error: what standard output is, with one file offset.
    pub fn merged() -> Self {
        Self(Kind::Merged)
    }

    /// A file of the host, opened at each start with the caller's rights: for reading as standard input; made if it is
    /// missing, and emptied, as output.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self(Kind::File(path.as_ref().into(), 0))
    }

    /// As [`file`](Self::file), for output: what is written goes to the end of the file.
    pub fn append(path: impl AsRef<Path>) -> Self {
        Self(Kind::File(path.as_ref().into(), sys::CTR_STDIO_APPEND))
    }

    pub(crate) fn set(&self, config: &Config, number: c_int) -> Result<()> {
        match &self.0 {
            Kind::Inherit => config.set_stdio(number, sys::CTR_STDIO_INHERIT, None),
            Kind::Null => config.set_stdio(number, sys::CTR_STDIO_NULL, None),
            Kind::Piped => config.set_stdio(number, sys::CTR_STDIO_PIPE, None),
            Kind::Captured => config.set_stdio(number, sys::CTR_STDIO_CAPTURE, None),
            Kind::Merged => config.set_stdio(number, sys::CTR_STDIO_MERGE, None),
            Kind::Descriptor(fd) => config.set_stdio(number, sys::CTR_STDIO_FD, Some(fd)),
            Kind::File(path, flags) => {
                config.set_stdio_file(number, &c_string("ctr_config_set_stdio_file", path)?, *flags)
            }
        }
        Ok(())
    }
}

impl From<OwnedFd> for Stdio {
    fn from(fd: OwnedFd) -> Self {
        Self(Kind::Descriptor(fd))
    }
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        Self(Kind::Descriptor(file.into()))
    }
}

/// The caller's end of a pipe, in each of its three roles.
macro_rules! pipe_end {
    ($(#[$comment:meta])* $name:ident) => {
        $(#[$comment])*
        #[derive(Debug)]
        pub struct $name(File);

        impl From<OwnedFd> for $name {
            fn from(fd: OwnedFd) -> Self {
                Self(fd.into())
            }
        }

        impl From<$name> for OwnedFd {
            fn from(end: $name) -> Self {
                end.0.into()
            }
        }

        impl From<$name> for Stdio {
            fn from(end: $name) -> Self {
                Self::from(end.0)
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.0.as_fd()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.0.as_raw_fd()
            }
        }

        impl IntoRawFd for $name {
            fn into_raw_fd(self) -> RawFd {
                self.0.into_raw_fd()
            }
        }

        impl FromRawFd for $name {
            unsafe fn from_raw_fd(fd: RawFd) -> Self {
                Self(File::from_raw_fd(fd))
            }
        }
    };
}

pipe_end!(
    /// Where a command's standard input comes from. Dropping it is how the command sees the end.
    ChildStdin
);
pipe_end!(
    /// What a command writes to standard output.
    ChildStdout
);
pipe_end!(
    /// What a command writes to standard error.
    ChildStderr
);

impl Write for ChildStdin {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for ChildStdout {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Read for ChildStderr {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
