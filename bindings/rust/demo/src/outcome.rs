// SPDX-License-Identifier: MIT
//! The machine-readable outcome, and the exit status.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::unix::io::FromRawFd;

use libctr::{Ending, Outcome};

use crate::problem::{tell, Problem, NOT_STARTED};
use crate::setup::Setup;

const TIMED_OUT: i32 = 124;
const SIGNAL_BASE: i32 = 128;

/// Opens the report's file, before anything runs.
pub fn prepare(setup: &Setup) -> Result<Option<File>, Problem> {
    let open = |path: &std::path::PathBuf| {
        File::create(path).map_err(|error| Problem::of_io("report", &path.to_string_lossy(), &error))
    };
    setup.report.as_ref().map(open).transpose()
}

pub fn failed(setup: &Setup, problem: &Problem, file: Option<File>) -> i32 {
    let status = problem.complain();
    let file = file.or_else(|| prepare(setup).ok().flatten());
    publish(
        setup,
        file,
        &format!(r#"{{"error":{},"result":null,"report":null}}"#, problem.json()),
    );
    status
}

pub fn ended(setup: &Setup, outcome: &Outcome, report: &str, file: Option<File>) -> i32 {
    let (kind, code, signal, status) = match outcome.ending() {
        Ending::Exited(code) => ("exited", code, 0, code),
        Ending::Signaled(signal) => ("signaled", signal, signal, SIGNAL_BASE + signal),
        Ending::Killed(signal) => ("killed", signal, signal, SIGNAL_BASE + signal),
        Ending::TimedOut(_) => ("timed_out", outcome.as_raw().code, 0, TIMED_OUT),
        _ => ("lost", 0, 0, NOT_STARTED),
    };
    if kind == "lost" {
        tell("ctr: wait: the container ended without a record of how");
    }
    if kind == "timed_out" && !setup.quiet {
        tell("ctr: note: the timeout passed and the container was ended");
    }
    let raw = outcome.as_raw();
    let source = |number: u32| {
        ["none", "rusage", "clock"]
            .get(number as usize)
            .copied()
            .unwrap_or("none")
    };
    let result = format!(
        r#"{{"kind":"{kind}","code":{code},"signal":{signal},"core_dumped":{},"tree_left":{},"wall_ns":{},"user_ns":{},"system_ns":{},"peak_memory":{},"wall_source":"{}","cpu_source":"{}","memory_source":"{}"}}"#,
        outcome.core_dumped(),
        outcome.tree_left(),
        raw.wall_ns,
        raw.user_ns,
        raw.system_ns,
        raw.peak_memory,
        source(raw.wall_source),
        source(raw.cpu_source),
        source(raw.memory_source)
    );
    publish(
        setup,
        file,
        &format!(r#"{{"error":null,"result":{result},"report":{report}}}"#),
    );
    status
}

fn publish(setup: &Setup, file: Option<File>, object: &str) {
    let line = format!("{object}\n");
    let mut written = Vec::new();
    if setup.json {
        written.push(write_whole(&mut io::stdout(), &line));
    }
    if let Some(fd) = setup.status_fd {
        // SAFETY: it was open, and stays so.
        let mut borrowed = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
        written.push(write_whole(&mut *borrowed, &line));
    }
    if let Some(mut file) = file {
        written.push(write_whole(&mut file, &line));
    }
    for error in written.into_iter().filter_map(Result::err) {
        tell(&format!("ctr: output: cannot write the outcome: {error}"));
    }
}

fn write_whole(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes()).and_then(|()| to.flush())
}
