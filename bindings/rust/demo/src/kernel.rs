// SPDX-License-Identifier: MIT
//! The few calls that the standard library lacks: signals by a descriptor, poll(2), and whether a descriptor is open.

use std::fs::File;
use std::io::{self, Read};
use std::os::raw::{c_int, c_short, c_ulong};
use std::os::unix::io::{AsRawFd, BorrowedFd, FromRawFd, RawFd};

pub const SIGHUP: c_int = 1;
const SIGINT: c_int = 2;
const SIGQUIT: c_int = 3;
const SIGUSR1: c_int = 10;
const SIGUSR2: c_int = 12;
pub const SIGTERM: c_int = 15;

const SIG_BLOCK: c_int = 0;
const SIG_UNBLOCK: c_int = 1;
const SIG_IGN: usize = 1;
const SFD_CLOEXEC: c_int = 0o2000000;
const SFD_NONBLOCK: c_int = 0o4000;
const F_GETFD: c_int = 1;
const POLLIN: c_short = 1;
const SI_KERNEL: i32 = 0x80;

/// As glibc and musl have it: room for 1024 signals.
#[repr(C)]
struct SignalSet([c_ulong; 16]);

/// What sigaction(2) tells: the handler comes first, and there is room for the rest.
#[repr(C)]
struct Action([usize; 20]);

#[repr(C)]
pub struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

extern "C" {
    fn pthread_sigmask(how: c_int, set: *const SignalSet, old: *mut SignalSet) -> c_int;
    fn sigaction(signal: c_int, action: *const Action, old: *mut Action) -> c_int;
    fn signalfd(fd: c_int, set: *const SignalSet, flags: c_int) -> c_int;
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
}

pub fn is_open(fd: RawFd) -> bool {
    // SAFETY: it changes nothing.
    unsafe { fcntl(fd, F_GETFD) >= 0 }
}

/// A descriptor of the caller. It is looked at and duplicated only.
pub fn borrowed(fd: RawFd) -> BorrowedFd<'static> {
    // SAFETY: the demo closes no descriptor that it was given.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

fn is_ignored(signal: c_int) -> bool {
    let mut action = Action([0; 20]);
    // SAFETY: there is room for what it tells.
    unsafe { sigaction(signal, std::ptr::null(), &mut action) };
    action.0[0] == SIG_IGN
}

/// The signals that are passed on, blocked and taken from a descriptor.
pub struct Signals(File);

impl Signals {
    pub fn block() -> io::Result<Self> {
        let set = Self::set();
        // SAFETY: the set is one; the new descriptor is nobody else's.
        let fd = unsafe {
            pthread_sigmask(SIG_BLOCK, &set, std::ptr::null_mut());
            signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
        };
        match fd {
            0.. => Ok(Self(unsafe { File::from_raw_fd(fd) })),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Those that are pending do then what they do to any program.
    pub fn unblock() {
        // SAFETY: the set is one.
        unsafe { pthread_sigmask(SIG_UNBLOCK, &Self::set(), std::ptr::null_mut()) };
    }

    /// What nohup ignores is not for the command either.
    fn set() -> SignalSet {
        let always = [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2].into_iter();
        let mut set = SignalSet([0; 16]);
        for signal in always.chain(Some(SIGHUP).filter(|signal| !is_ignored(*signal))) {
            set.0[0] |= 1 << (signal - 1);
        }
        set
    }

    /// The signals that have come for the command: those that were typed at a terminal are not for a background job.
    pub fn taken(&self) -> Vec<c_int> {
        let mut signals = Vec::new();
        let mut info = [0; 128];
        while matches!((&self.0).read(&mut info), Ok(128)) {
            let word = |at: usize| i32::from_ne_bytes([info[at], info[at + 1], info[at + 2], info[at + 3]]);
            let (signal, code) = (word(0), word(8));
            if code != SI_KERNEL || !is_ignored(signal) {
                signals.push(signal);
            }
        }
        signals
    }

    pub fn descriptor(&self) -> BorrowedFd<'_> {
        // SAFETY: it is open for as long.
        unsafe { BorrowedFd::borrow_raw(self.0.as_raw_fd()) }
    }
}

/// Waits until one of the descriptors is readable, and tells which are.
pub fn wait_for(descriptors: [RawFd; 2], timeout_ms: c_int) -> [bool; 2] {
    let mut watched = descriptors.map(|fd| PollFd {
        fd,
        events: POLLIN,
        revents: 0,
    });
    // SAFETY: the array is as long as is said.
    unsafe { poll(watched.as_mut_ptr(), 2, timeout_ms) };
    watched.map(|fd| fd.revents != 0)
}
