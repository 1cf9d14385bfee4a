// SPDX-License-Identifier: MIT
//! Reading two pipes at once, with poll(2).

use std::io::{self, Read};
use std::os::raw::{c_int, c_short, c_ulong};
use std::os::unix::io::AsRawFd;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

const POLLIN: c_short = 1;

extern "C" {
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
}

/// A pipe and what was read from it; without the pipe when it is at its end.
pub(crate) struct Reading<P> {
    pipe: Option<P>,
    pub data: Vec<u8>,
}

impl<P: Read + AsRawFd> Reading<P> {
    pub fn new(pipe: Option<P>) -> Self {
        Self { pipe, data: Vec::new() }
    }

    /// Takes what is there. Called when the pipe is readable, so it does not block.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let count = match &mut self.pipe {
            Some(pipe) => pipe.read(buffer),
            None => return Ok(()),
        };
        match count {
            Ok(0) => self.pipe = None,
            Ok(count) => self.data.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn watched(&self) -> PollFd {
        let fd = self.pipe.as_ref().map_or(-1, P::as_raw_fd); // poll(2) ignores a negative one
        PollFd {
            fd,
            events: POLLIN,
            revents: 0,
        }
    }
}

/// Reads both to their ends. A command that fills one pipe while the other is read would wait for ever.
pub(crate) fn read_both<A: Read + AsRawFd, B: Read + AsRawFd>(
    first: &mut Reading<A>,
    second: &mut Reading<B>,
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    while first.pipe.is_some() || second.pipe.is_some() {
        let [one, other] = readable([first.watched(), second.watched()])?;
        if one {
            first.read_some(&mut buffer)?;
        }
        if other {
            second.read_some(&mut buffer)?;
        }
    }
    Ok(())
}

/// Waits for one of them; for neither where a signal came.
fn readable(mut watched: [PollFd; 2]) -> io::Result<[bool; 2]> {
    // SAFETY: the array is as long as is said.
    let count = unsafe { poll(watched.as_mut_ptr(), watched.len() as c_ulong, -1) };
    match io::Error::last_os_error() {
        error if count < 0 && error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(watched.map(|fd| fd.revents != 0)),
    }
}
