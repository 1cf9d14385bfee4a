// SPDX-License-Identifier: MIT
//! The calls of a terminal that the standard library lacks.

use std::os::raw::{c_int, c_ulong, c_void};
use std::os::unix::io::RawFd;

const TIOCGWINSZ: c_ulong = 0x5413;
const TCSANOW: c_int = 0;
const ICANON: u32 = 2;
const VEOF: usize = 4;
const F_SETFL: c_int = 4;
const O_RDWR_NONBLOCK: c_int = 0o4002;

/// As glibc and musl have it on every processor that the library knows.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Modes {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    line: u8,
    characters: [u8; 32],
    speeds: [u32; 2],
}

#[repr(C)]
#[derive(Default)]
struct Size {
    rows: u16,
    columns: u16,
    pixels: [u16; 2],
}

extern "C" {
    fn tcgetattr(fd: c_int, modes: *mut Modes) -> c_int;
    fn tcsetattr(fd: c_int, when: c_int, modes: *const Modes) -> c_int;
    fn cfmakeraw(modes: *mut Modes);
    fn tcgetpgrp(fd: c_int) -> c_int;
    fn getpgrp() -> c_int;
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn read(fd: c_int, buffer: *mut c_void, length: usize) -> isize;
    fn write(fd: c_int, buffer: *const c_void, length: usize) -> isize;
}

pub fn modes(fd: RawFd) -> Option<Modes> {
    let mut modes = Modes::default();
    // SAFETY: there is room for what it tells.
    (unsafe { tcgetattr(fd, &mut modes) } == 0).then_some(modes)
}

pub fn set_modes(fd: RawFd, modes: &Modes) {
    // SAFETY: they were told for a terminal. One that hung up has none.
    unsafe { tcsetattr(fd, TCSANOW, modes) };
}

impl Modes {
    pub fn raw(mut self) -> Self {
        // SAFETY: it changes its argument only.
        unsafe { cfmakeraw(&mut self) };
        self
    }

    /// The character that ends the input, where lines are read.
    pub fn end_of_file(&self) -> Option<u8> {
        (self.local & ICANON != 0).then_some(self.characters[VEOF])
    }
}

/// Another job's terminal is not to be touched. Where it does not control this process, there are no jobs.
pub fn is_in_background() -> bool {
    // SAFETY: they only tell.
    let (foreground, own) = unsafe { (tcgetpgrp(0), getpgrp()) };
    foreground >= 0 && foreground != own
}

pub fn size_of_callers() -> Option<(u32, u32)> {
    let mut size = Size::default();
    // SAFETY: there is room for what it tells.
    let known = [0, 1]
        .iter()
        .any(|fd| unsafe { ioctl(*fd, TIOCGWINSZ, &mut size) } == 0);
    known.then_some((size.rows.into(), size.columns.into()))
}

pub fn set_nonblocking(fd: RawFd) {
    // SAFETY: it concerns a descriptor only.
    unsafe { fcntl(fd, F_SETFL, O_RDWR_NONBLOCK) };
}

/// What a transfer came to.
pub enum Moved {
    Some(usize),
    Later,
    Never,
}

fn moved(count: isize) -> Moved {
    let temporary = || matches!(std::io::Error::last_os_error().raw_os_error(), Some(4 | 11)); // EINTR, EAGAIN
    match usize::try_from(count) {
        Ok(count) => Moved::Some(count),
        Err(_) if temporary() => Moved::Later,
        Err(_) => Moved::Never,
    }
}

pub fn read_from(fd: RawFd, buffer: &mut [u8]) -> Moved {
    // SAFETY: the buffer is as long as is said.
    moved(unsafe { read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })
}

pub fn write_to(fd: RawFd, data: &[u8]) -> Moved {
    // SAFETY: the data is as long as is said.
    moved(unsafe { write(fd, data.as_ptr().cast(), data.len()) })
}
