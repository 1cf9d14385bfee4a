// SPDX-License-Identifier: MIT
//! A container that runs, or a further command in one.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::raw::c_int;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::process::{ExitStatus, Output};
use std::sync::Arc;
use std::time::Duration;

use libctr_sys as sys;

use crate::command::Command;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::Handle;
use crate::kernel::{read_both, Reading};
use crate::names::Info;
use crate::outcome::{Event, Outcome};
use crate::stdio::{ChildStderr, ChildStdin, ChildStdout};

const SIGKILL: c_int = 9;

/// A captured stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Captured {
    /// What was kept.
    pub data: Vec<u8>,
    /// Where in the stream that begins: at its start, but for [`Keep::Last`](crate::Keep::Last).
    pub first: u64,
    /// How many bytes were written; more than were kept where the limit was reached.
    pub seen: u64,
}

/// Reads what is kept; of a stream that goes on, what was there when its length was asked for.
pub(crate) fn captured(handle: &Handle, number: i32) -> Result<Captured> {
    let kept = handle.output(number, 0, &mut [])?;
    let mut data = vec![0; usize::try_from(kept.stored).unwrap_or(usize::MAX)];
    let output = handle.output(number, kept.first, &mut data)?;
    data.truncate(usize::try_from(output.copied).unwrap_or(usize::MAX));
    Ok(Captured {
        data,
        first: output.first,
        seen: output.seen,
    })
}

/// A command that was started: the container with it, or in a container that ran already.
///
/// **Dropping it kills** the container, or the further command: everything in it is ended and reaped before the drop
/// returns. [`detach`](Self::detach) lets it live on.
///
/// It can be waited for, signalled and asked by several threads at once. Its descriptor ([`AsFd`]) becomes readable when
/// the container has ended, so that one poll(2) can watch many.
///
/// ```
/// use libctr::{Command, Stdio};
/// use std::io::Write;
///
/// let mut child = Command::new("wc").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// child.stdin.take().expect("it was asked for").write_all(b"twelve bytes")?;
/// let output = child.wait_with_output()?;
/// assert_eq!(output.stdout, b"12\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Child {
    /// The end of a pipe to the command's standard input, where that is [piped](crate::Stdio::piped).
    pub stdin: Option<ChildStdin>,
    /// The end of a pipe from its standard output, likewise.
    pub stdout: Option<ChildStdout>,
    /// The end of a pipe from its standard error, likewise.
    pub stderr: Option<ChildStderr>,
    handle: Arc<Handle>,
    captured: [bool; 2],
    kills: bool,
}

impl Child {
    pub(crate) fn new(handle: Arc<Handle>, captured: [bool; 2]) -> Self {
        Self {
            stdin: handle.take_stdio(0).map(ChildStdin::from),
            stdout: handle.take_stdio(1).map(ChildStdout::from),
            stderr: handle.take_stdio(2).map(ChildStderr::from),
            handle,
            captured,
            kills: true,
        }
    }

    /// A container that another process may have started: dropping it ends nothing.
    pub(crate) fn opened(handle: Arc<Handle>) -> Self {
        Self {
            stdin: None,
            stdout: None,
            stderr: None,
            handle,
            captured: [false; 2],
            kills: false,
        }
    }

    /// A further command in this container: in the same namespaces and on the same root, with its own words,
    /// environment, directory, user, descriptors, limits and deadline.
    ///
    /// ```
    /// use libctr::Command;
    ///
    /// let container = Command::new("sleep").arg("60").spawn()?;
    /// let output = container.command("echo").arg("beside it").output()?;
    /// assert_eq!(output.stdout, b"beside it\n");
    /// # Ok::<(), libctr::Error>(())
    /// ```
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        Command::inside(self.shared(), program.as_ref())
    }

    pub(crate) fn shared(&self) -> Arc<Handle> {
        self.handle.clone()
    }

    /// Closes standard input and waits for the end. Waiting again gives the same status again.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        drop(self.stdin.take());
        Ok(self.outcome()?.status())
    }

    /// The status, if it has ended.
    pub fn try_wait(&self) -> Result<Option<ExitStatus>> {
        Ok(self.outcome_within(Duration::ZERO)?.map(|outcome| outcome.status()))
    }

    /// Waits for the end, and tells how it came and what was used. Every process of a container with its own pid
    /// namespace is gone then.
    pub fn outcome(&self) -> Result<Outcome> {
        self.handle.wait(-1).map(Outcome::of)
    }

    /// Waits for the end, but not longer than this; nothing is killed. `None` where it still runs.
    pub fn outcome_within(&self, longest: Duration) -> Result<Option<Outcome>> {
        let milliseconds = c_int::try_from(longest.as_millis()).unwrap_or(c_int::MAX);
        match self.handle.wait(milliseconds) {
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(None),
            ended => ended.map(|result| Some(Outcome::of(result))),
        }
    }

    /// Closes standard input, reads what comes of standard output and error, and waits for the end. What was
    /// [captured](crate::Stdio::captured) is in the output too.
    pub fn wait_with_output(mut self) -> Result<Output> {
        drop(self.stdin.take());
        let (mut out, mut err) = (Reading::new(self.stdout.take()), Reading::new(self.stderr.take()));
        let read = read_both(&mut out, &mut err);
        read.map_err(|error| Error::of_io("read", "the output cannot be read", &error))?;
        let status = self.wait()?;
        let [stdout, stderr] = self.all_captured()?;
        Ok(Output {
            status,
            stdout: stdout.unwrap_or(out.data),
            stderr: stderr.unwrap_or(err.data),
        })
    }

    pub(crate) fn all_captured(&self) -> Result<[Option<Vec<u8>>; 2]> {
        let one = |number: usize| match self.captured[number - 1] {
            true => self.captured(number as c_int).map(|captured| Some(captured.data)),
            false => Ok(None),
        };
        Ok([one(1)?, one(2)?])
    }

    /// What was captured of standard output (1) or error (2) so far. After the end, everything that the command wrote
    /// before it is there.
    pub fn captured(&self, number: i32) -> Result<Captured> {
        captured(&self.handle, number)
    }

    /// Its state, with or without a name.
    pub fn info(&self) -> Result<Info> {
        self.handle.info().map(|info| Info::of(&info))
    }

    /// Its name; empty where it has none.
    pub fn name(&self) -> String {
        self.handle.name()
    }

    /// The words of its command.
    pub fn words(&self) -> Vec<OsString> {
        self.handle.command()
    }

    /// Stops every process of the container, further commands included, until [`resume`](Self::resume). Deadlines go on.
    pub fn pause(&self) -> Result<()> {
        self.handle.pause()
    }

    /// Lets every process of the container go on.
    pub fn resume(&self) -> Result<()> {
        self.handle.resume()
    }

    /// Kills everything in the container, or the further command; one that has ended is no error.
    pub fn kill(&self) -> Result<()> {
        match self.handle.kill(SIGKILL, sys::CTR_KILL_ALL) {
            Err(error) if error.kind() == ErrorKind::Ended => Ok(()),
            other => other,
        }
    }

    /// Sends a signal to the command. There is no race with its end.
    pub fn signal(&self, signal: i32) -> Result<()> {
        self.handle.kill(signal, sys::CTR_KILL_COMMAND)
    }

    /// The next event; `None` where nothing has happened since the last one, and after [`Event::Ended`] an error of the
    /// kind [`ErrorKind::Ended`]. [`event_fd`](Self::event_fd) tells when to ask.
    pub fn next_event(&self) -> Result<Option<Event>> {
        match self.handle.next_event() {
            Err(error) if error.kind() == ErrorKind::Again => Ok(None),
            event => event.map(|event| Some(Event::of(&event))),
        }
    }

    /// A descriptor that polls readable when there may be an event; nothing but polling may be done with it.
    pub fn event_fd(&self) -> BorrowedFd<'_> {
        self.handle.event_fd()
    }

    /// The caller's side of the [terminal](Command::terminal).
    pub fn terminal(&self) -> Option<BorrowedFd<'_>> {
        self.handle.terminal()
    }

    /// The descriptor of the filter's notifications, where there is a
    /// [listener](crate::Container::seccomp_listener).
    pub fn seccomp_fd(&self) -> Option<BorrowedFd<'_>> {
        self.handle.seccomp_fd()
    }

    /// Sets the size of the terminal.
    pub fn resize(&self, rows: u32, columns: u32) -> Result<()> {
        self.handle.resize(rows, columns)
    }

    /// What was asked for and what is in force, as JSON.
    pub fn report(&self) -> String {
        self.handle.report()
    }

    /// Sentences about what a caller should know although nothing failed, such as a fallback that was taken.
    pub fn notices(&self) -> impl Iterator<Item = String> + '_ {
        (0..).map_while(|index| self.handle.notice(index))
    }

    /// Lets the container live on. Whether it outlives the process is another question:
    /// [`Container::survives_host`](crate::Container::survives_host).
    pub fn detach(mut self) {
        self.handle.detach();
        self.kills = false;
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Where further commands keep the handle, it is freed with the last of them.
        if self.kills && Arc::strong_count(&self.handle) > 1 {
            let _ = self.kill(); // what cannot be killed has ended
        }
    }
}

/// A pidfd: readable when the container has ended.
impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.pidfd()
    }
}

impl AsRawFd for Child {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("pidfd", &self.as_raw_fd())
            .finish_non_exhaustive()
    }
}
