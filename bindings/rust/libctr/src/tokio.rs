// SPDX-License-Identifier: MIT
//! Waiting by tokio's reactor: a container is a descriptor that becomes readable, so no thread waits for it.
//!
//! Dropping a future that owns a container ends the container: [`status`], [`output`], [`Child::wait`] and
//! [`Child::wait_with_output`] can be cancelled by `select!` or a timeout, and nothing is left. A start itself takes
//! about a millisecond, during which it blocks.
//!
//! ```
//! use libctr::Container;
//!
//! async fn greeting() -> libctr::Result<Vec<u8>> {
//!     let output = libctr::tokio::output(Container::new().command("echo").arg("hello")).await?;
//!     Ok(output.stdout)
//! }
//! ```

use std::fs::File;
use std::future::Future;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{ExitStatus, Output};
use std::task::{Context, Poll};

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::unix::pipe;

use crate::error::{Error, Result};
use crate::{Command, Event, Outcome};

/// Starts a command, as [`Command::spawn`].
///
/// # Panics
/// Outside of a runtime with I/O enabled, as everything in tokio that watches a descriptor.
pub fn spawn(command: &Command) -> Result<Child> {
    Child::watching(command.spawn()?)
}

/// Runs a command and waits for its end, as [`Command::status`]. Dropping the future ends the container.
pub async fn status(command: &Command) -> Result<ExitStatus> {
    spawn(command)?.wait().await
}

/// Runs a command, waits for its end, and returns what it wrote, as [`Command::output`]. Dropping the future ends the
/// container.
pub async fn output(command: &Command) -> Result<Output> {
    let child = Child::watching(command.start(&command.streams_of_output())?)?;
    child.wait_with_output().await
}

/// A command that was started, to be waited for by futures. Dropping it kills, as it does for [`crate::Child`].
#[derive(Debug)]
pub struct Child {
    /// The end of a pipe to the command's standard input, where that is [piped](crate::Stdio::piped).
    pub stdin: Option<pipe::Sender>,
    /// The end of a pipe from its standard output, likewise.
    pub stdout: Option<pipe::Receiver>,
    /// The end of a pipe from its standard error, likewise.
    pub stderr: Option<pipe::Receiver>,
    // Before the child: the reactor lets go of a descriptor while it is open.
    end: AsyncFd<Watched>,
    events: AsyncFd<Watched>,
    child: crate::Child,
}

/// A descriptor of the container, which outlives its watching.
#[derive(Debug)]
struct Watched(RawFd);

impl AsRawFd for Watched {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

// What newer versions of tokio want instead is unsafe, and says that the descriptor stays open while it is watched: it does.
#[allow(deprecated)]
fn watch(fd: RawFd) -> io::Result<AsyncFd<Watched>> {
    AsyncFd::with_interest(Watched(fd), Interest::READABLE)
}

fn failed(error: io::Error) -> Error {
    Error::of_io("tokio", "the container cannot be watched", &error)
}

fn watched<P>(end: Option<impl Into<OwnedFd>>, by: impl FnOnce(File) -> io::Result<P>) -> Result<Option<P>> {
    end.map(|end| by(File::from(end.into()))).transpose().map_err(failed)
}

impl Child {
    /// Watches a container that was started otherwise.
    ///
    /// # Panics
    /// As [`spawn`].
    pub fn watching(mut child: crate::Child) -> Result<Self> {
        Ok(Self {
            stdin: watched(child.stdin.take(), pipe::Sender::from_file)?,
            stdout: watched(child.stdout.take(), pipe::Receiver::from_file)?,
            stderr: watched(child.stderr.take(), pipe::Receiver::from_file)?,
            end: watch(child.as_raw_fd()).map_err(failed)?,
            events: watch(child.event_fd().as_raw_fd()).map_err(failed)?,
            child,
        })
    }

    /// Closes standard input and waits for the end. Dropping the future ends the container; [`outcome`](Self::outcome)
    /// leaves it alone.
    pub async fn wait(mut self) -> Result<ExitStatus> {
        drop(self.stdin.take());
        Ok(self.outcome().await?.status())
    }

    /// Waits for the end, and tells how it came. Dropping the future changes nothing: it can be asked for again.
    ///
    /// With [`Leftovers::Leave`](crate::Leftovers::Leave) it waits for what was left behind, too.
    pub async fn outcome(&self) -> Result<Outcome> {
        // What is readable stays so: the end is never taken back.
        let _readable = self.end.readable().await.map_err(failed)?;
        self.child.outcome()
    }

    /// Closes standard input, reads what comes of standard output and error, and waits for the end. Dropping the future
    /// ends the container.
    pub async fn wait_with_output(mut self) -> Result<Output> {
        drop(self.stdin.take());
        let both = both(read_all(self.stdout.take()), read_all(self.stderr.take())).await;
        let of_reading = |error| Error::of_io("read", "the output cannot be read", &error);
        let (out, err) = (both.0.map_err(of_reading)?, both.1.map_err(of_reading)?);
        let status = self.outcome().await?.status();
        let [stdout, stderr] = self.child.all_captured()?;
        Ok(Output {
            status,
            stdout: stdout.unwrap_or(out),
            stderr: stderr.unwrap_or(err),
        })
    }

    /// Waits for the next event; after [`Event::Ended`] it is an error of the kind
    /// [`ErrorKind::Ended`](crate::ErrorKind::Ended).
    pub async fn next_event(&self) -> Result<Event> {
        loop {
            let mut readable = self.events.readable().await.map_err(failed)?;
            match self.child.next_event()? {
                Some(event) => return Ok(event),
                None => readable.clear_ready(),
            }
        }
    }

    /// What does not wait: signals, captured output, the terminal, further commands.
    pub fn get_ref(&self) -> &crate::Child {
        &self.child
    }
}

async fn read_all(pipe: Option<pipe::Receiver>) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut data).await?;
    }
    Ok(data)
}

/// Two futures that run beside each other.
struct Both<A: Future, B: Future> {
    futures: (Pin<Box<A>>, Pin<Box<B>>),
    values: (Option<A::Output>, Option<B::Output>),
}

fn both<A: Future, B: Future>(first: A, second: B) -> Both<A, B> {
    Both {
        futures: (Box::pin(first), Box::pin(second)),
        values: (None, None),
    }
}

impl<A: Future, B: Future> Future for Both<A, B>
where
    A::Output: Unpin,
    B::Output: Unpin,
{
    type Output = (A::Output, B::Output);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        poll_once(&mut this.futures.0, &mut this.values.0, context);
        poll_once(&mut this.futures.1, &mut this.values.1, context);
        match (this.values.0.take(), this.values.1.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            values => {
                this.values = values;
                Poll::Pending
            }
        }
    }
}

fn poll_once<F: Future>(future: &mut Pin<Box<F>>, value: &mut Option<F::Output>, context: &mut Context<'_>) {
    if value.is_none() {
        if let Poll::Ready(done) = future.as_mut().poll(context) {
            *value = Some(done);
        }
    }
}
