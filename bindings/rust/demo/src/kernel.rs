// SPDX-License-Identifier: MIT
//! The few calls that the standard library lacks: signals by a descriptor, poll(2), and whether a descriptor is open.

use std::fs::File;
use std::io::{self, Read};
use std::os::raw::{c_int, c_long, c_short, c_ulong};
use std::os::unix::io::{AsRawFd, BorrowedFd, FromRawFd, RawFd};

use libctr::Child;

pub const SIGHUP: c_int = 1;
const SIGINT: c_int = 2;
const SIGQUIT: c_int = 3;
const SIGUSR1: c_int = 10;
const SIGUSR2: c_int = 12;
const SIGKILL: c_int = 9;
const SIGALRM: c_int = 14;
const SIGTERM: c_int = 15;
pub const SIGCONT: c_int = 18;
const SIGTSTP: c_int = 20;
const SIGXCPU: c_int = 24;
const SIGXFSZ: c_int = 25;
const SIGVTALRM: c_int = 26;
const SIGPROF: c_int = 27;
pub const SIGWINCH: c_int = 28;
const SIGIO: c_int = 29;
const SIGPWR: c_int = 30;

/// Those that change the caller's terminal or would leave it raw.
const OF_TERMINALS: [c_int; 10] = [
    SIGWINCH, SIGCONT, SIGTSTP, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXCPU, SIGXFSZ,
];

const SIG_BLOCK: c_int = 0;
const SIG_UNBLOCK: c_int = 1;
const SIG_IGN: usize = 1;
const SFD_CLOEXEC: c_int = 0o2000000;
const SFD_NONBLOCK: c_int = 0o4000;
const F_GETFD: c_int = 1;
const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;
const SI_KERNEL: i32 = 0x80;

/// As glibc and musl have it: room for 1024 signals.
#[repr(C)]
struct SignalSet([c_ulong; 16]);

/// What sigaction(2) tells: the handler comes first, and there is room for the rest.
#[repr(C)]
struct Action([usize; 20]);

/// What is waited for on a descriptor; a negative one is left out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Watched {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

impl Watched {
    pub fn readable(fd: RawFd) -> Self {
        Self::either(fd, true, false)
    }

    pub fn either(fd: RawFd, readable: bool, writable: bool) -> Self {
        let events = if readable { POLLIN } else { 0 } | if writable { POLLOUT } else { 0 };
        // Without it the end of a peer would be told for ever.
        let fd = if events == 0 { -1 } else { fd };
        Self { fd, events, revents: 0 }
    }
}

extern "C" {
    fn pthread_sigmask(how: c_int, set: *const SignalSet, old: *mut SignalSet) -> c_int;
    fn sigaction(signal: c_int, action: *const Action, old: *mut Action) -> c_int;
    fn signalfd(fd: c_int, set: *const SignalSet, flags: c_int) -> c_int;
    fn poll(fds: *mut Watched, count: c_ulong, timeout: c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn raise(signal: c_int) -> c_int;
    fn syscall(number: c_long, ...) -> c_long;
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

impl SignalSet {
    fn of(signals: impl IntoIterator<Item = c_int>) -> Self {
        let mut set = Self([0; 16]);
        for signal in signals {
            set.0[0] |= 1 << (signal - 1);
        }
        set
    }

    fn mask(&self, how: c_int) {
        // SAFETY: the set is one.
        unsafe { pthread_sigmask(how, self, std::ptr::null_mut()) };
    }
}

impl Signals {
    /// Those that are passed on.
    pub fn block() -> io::Result<Self> {
        Self::of(&Self::set())
    }

    pub fn block_those_of_terminals() -> io::Result<Self> {
        Self::of(&SignalSet::of(OF_TERMINALS))
    }

    fn of(set: &SignalSet) -> io::Result<Self> {
        set.mask(SIG_BLOCK);
        // SAFETY: the set is one; the new descriptor is nobody else's.
        match unsafe { signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK) } {
            fd @ 0.. => Ok(Self(unsafe { File::from_raw_fd(fd) })),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Those that are pending do then what they do to any program.
    pub fn unblock() {
        Self::set().mask(SIG_UNBLOCK);
    }

    /// Lets one have its usual effect; returns where that is not the end.
    pub fn let_through(signal: c_int) {
        // SAFETY: it is a signal, which this program handles by no handler.
        unsafe { raise(signal) };
        SignalSet::of([signal]).mask(SIG_UNBLOCK);
        SignalSet::of([signal]).mask(SIG_BLOCK);
    }

    /// What nohup ignores is not for the command either.
    fn set() -> SignalSet {
        let always = [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2].into_iter();
        SignalSet::of(always.chain(Some(SIGHUP).filter(|signal| !is_ignored(*signal))))
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

/// Waits until there is something, and tells of what.
pub fn poll_each<const COUNT: usize>(mut watched: [Watched; COUNT], timeout_ms: c_int) -> [bool; COUNT] {
    // SAFETY: the array is as long as is said.
    unsafe { poll(watched.as_mut_ptr(), COUNT as c_ulong, timeout_ms) };
    watched.map(|fd| fd.revents != 0)
}

/// Kills the init of a container that does not answer.
pub fn kill_init(child: &Child) {
    const SYS_PIDFD_SEND_SIGNAL: c_long = 424;
    // SAFETY: the descriptor is open; where it is no pidfd nothing happens.
    unsafe {
        syscall(
            SYS_PIDFD_SEND_SIGNAL,
            child.as_raw_fd(),
            SIGKILL,
            std::ptr::null::<u8>(),
            0,
        )
    };
}
