// SPDX-License-Identifier: MIT
//! How a command ended, and what it used.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use libctr_sys as sys;

const SIGKILL: i32 = 9;
const CORE_BIT: i32 = 0x80;

/// Which deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Deadline {
    /// The time since the start: `timeout`.
    Wall,
    /// Processor time: `cpu_timeout`.
    Cpu,
    /// Time without output: `silence_timeout`.
    Silence,
}

impl Deadline {
    pub(crate) fn of(code: i32) -> Self {
        match code as u32 {
            sys::CTR_DEADLINE_CPU => Self::Cpu,
            sys::CTR_DEADLINE_SILENCE => Self::Silence,
            _ => Self::Wall,
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it, from inside or outside.
    Signaled(i32),
    /// A deadline passed.
    TimedOut(Deadline),
    /// The caller killed the container, by this signal.
    Killed(i32),
    /// The container's init vanished without a record, by SIGKILL for example.
    Lost,
}

/// How a command ended and what it used.
#[derive(Clone, Copy, Debug)]
pub struct Outcome(sys::ctr_result);

impl Outcome {
    pub(crate) fn of(result: sys::ctr_result) -> Self {
        Self(result)
    }

    /// How it ended.
    pub fn ending(&self) -> Ending {
        match self.0.kind {
            sys::CTR_RESULT_EXITED => Ending::Exited(self.0.code),
            sys::CTR_RESULT_SIGNALED => Ending::Signaled(self.0.code),
            sys::CTR_RESULT_TIMED_OUT => Ending::TimedOut(Deadline::of(self.0.code)),
            sys::CTR_RESULT_KILLED => Ending::Killed(self.0.code),
            _ => Ending::Lost,
        }
    }

    /// The ending as the standard library has it. What was ended by a deadline or is lost is told as SIGKILL, which is
    /// what ended it; [`ending`](Self::ending) tells them apart.
    pub fn status(&self) -> ExitStatus {
        ExitStatus::from_raw(match self.ending() {
            Ending::Exited(code) => (code & 0xff) << 8,
            Ending::Signaled(signal) if self.core_dumped() => signal | CORE_BIT,
            Ending::Signaled(signal) | Ending::Killed(signal) => signal,
            Ending::TimedOut(_) | Ending::Lost => SIGKILL,
        })
    }

    /// Whether a core was dumped.
    pub fn core_dumped(&self) -> bool {
        self.0.flags & sys::CTR_RESULT_CORE_DUMPED != 0
    }

    /// Whether some descendants could not be ended, because the pid namespace is shared.
    pub fn tree_left(&self) -> bool {
        self.0.flags & sys::CTR_RESULT_TREE_LEFT != 0
    }

    /// From the command's exec to its end.
    pub fn wall_time(&self) -> Option<Duration> {
        known(self.0.wall_source, Duration::from_nanos(self.0.wall_ns))
    }

    /// Processor time in user mode, of the command and the descendants that were waited for.
    pub fn user_time(&self) -> Option<Duration> {
        known(self.0.cpu_source, Duration::from_nanos(self.0.user_ns))
    }

    /// Processor time in the kernel, likewise.
    pub fn system_time(&self) -> Option<Duration> {
        known(self.0.cpu_source, Duration::from_nanos(self.0.system_ns))
    }

    /// Bytes: the largest resident set of one process.
    pub fn peak_memory(&self) -> Option<u64> {
        known(self.0.memory_source, self.0.peak_memory)
    }

    /// The same as the C interface has it.
    pub fn as_raw(&self) -> &sys::ctr_result {
        &self.0
    }
}

fn known<T>(source: u32, value: T) -> Option<T> {
    Some(value).filter(|_| source != sys::CTR_SOURCE_NONE)
}

/// What happens to the command of a container.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event {
    /// It was executed.
    Started,
    /// This signal stopped it.
    Stopped(i32),
    /// It goes on.
    Continued,
    /// A deadline passed, and it is being ended.
    TimedOut(Deadline),
    /// The last one.
    Ended(Outcome),
    /// One that this version of the crate does not know, with its number.
    Other(u32),
}

impl Event {
    pub(crate) fn of(event: &sys::ctr_event) -> Self {
        match event.kind {
            sys::CTR_EVENT_STARTED => Self::Started,
            sys::CTR_EVENT_STOPPED => Self::Stopped(event.code),
            sys::CTR_EVENT_CONTINUED => Self::Continued,
            sys::CTR_EVENT_TIMED_OUT => Self::TimedOut(Deadline::of(event.code)),
            sys::CTR_EVENT_ENDED => Self::Ended(Outcome::of(result_of(event))),
            kind => Self::Other(kind),
        }
    }
}

/// An event has the numbers of a result without their sources: a zero is then not known.
fn result_of(event: &sys::ctr_event) -> sys::ctr_result {
    let source = |value: u64, source| if value == 0 { sys::CTR_SOURCE_NONE } else { source };
    sys::ctr_result {
        kind: event.result_kind,
        code: event.code,
        wall_ns: event.wall_ns,
        user_ns: event.user_ns,
        system_ns: event.system_ns,
        peak_memory: event.peak_memory,
        wall_source: source(event.wall_ns, sys::CTR_SOURCE_CLOCK),
        cpu_source: source(event.user_ns + event.system_ns, sys::CTR_SOURCE_RUSAGE),
        memory_source: source(event.peak_memory, sys::CTR_SOURCE_RUSAGE),
        ..sys::ctr_result::INIT
    }
}
