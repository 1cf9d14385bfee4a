// SPDX-License-Identifier: MIT
//! Starts any program in a safe, isolated, rootless Linux container: libctr, in the shape of [`std::process`].
//!
//! A [`Container`] describes the box, a [`Command`] runs in it, a [`Child`] waits.
//!
//! ```
//! use libctr::Container;
//!
//! let output = Container::new().command("echo").arg("hello from inside").output()?;
//! assert_eq!(output.stdout, b"hello from inside\n");
//! # Ok::<(), libctr::Error>(())
//! ```
//!
//! Other than in `std::process`:
//!
//! - nothing is inherited but the standard streams: the environment starts with PATH, HOME and TERM, and only
//!   [passed](Command::pass_fd) descriptors enter;
//! - everything that goes wrong before the command runs is an [`Error`] of [`Command::spawn`], a missing command
//!   included; an [`ExitStatus`](std::process::ExitStatus) is only ever the command's;
//! - dropping a [`Child`] kills what it started.
//!
//! Everything here is `Send` and `Sync`. No thread is started and no signal handler installed: a `Child` is a descriptor
//! that becomes readable ([`AsFd`](std::os::unix::io::AsFd)), for poll(2), epoll(7) or an executor.
//! The feature `tokio` adds the module `tokio` with futures.

#![warn(missing_docs, missing_debug_implementations)]

mod child;
mod command;
mod container;
mod error;
mod handle;
mod kernel;
mod landlock;
mod mount;
mod names;
mod outcome;
mod process;
mod settings;
mod stdio;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use child::{Captured, Child};
pub use command::Command;
pub use container::{Clock, Container, Init, Leftovers, Map, Namespace, Proc};
pub use error::{Error, ErrorKind, Result};
pub use landlock::{FileAccess, PortAccess, Scope};
pub use mount::Mount;
pub use names::{Info, Names, PauseMethod, Record, State};
pub use outcome::{Deadline, Ending, Event, Outcome};
pub use process::{Keep, Resource, UNLIMITED};
pub use stdio::{ChildStderr, ChildStdin, ChildStdout, Stdio};

/// The version of the library that is running, such as `0.1.0`.
pub fn version() -> String {
    // SAFETY: it is a C string that lives for ever.
    unsafe { error::text(libctr_sys::ctr_version()) }
}

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
