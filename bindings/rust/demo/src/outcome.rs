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
    match outcome.ending() {
        Ending::TimedOut(_) if !setup.quiet => tell("ctr: note: the timeout passed and the container was ended"),
        Ending::Lost => tell("ctr: wait: the container ended without a record of how"),
        _ => {}
    }
    let object = format!(
        r#"{{"error":null,"result":{},"report":{report}}}"#,
        result_json(outcome)
    );
    publish(setup, file, &object);
    exit_status(outcome)
}

pub fn exit_status(outcome: &Outcome) -> i32 {
    match outcome.ending() {
        Ending::Exited(code) => code,
        Ending::Signaled(signal) | Ending::Killed(signal) => SIGNAL_BASE + signal,
        Ending::TimedOut(_) => TIMED_OUT,
        _ => NOT_STARTED,
    }
}

pub fn result_json(outcome: &Outcome) -> String {
    let raw = outcome.as_raw();
    let (kind, code, signal) = match outcome.ending() {
        Ending::Exited(code) => ("exited", code, 0),
        Ending::Signaled(signal) => ("signaled", signal, signal),
        Ending::Killed(signal) => ("killed", signal, signal),
        Ending::TimedOut(_) => ("timed_out", raw.code, 0),
        _ => ("lost", 0, 0),
    };
    let source = |number: u32| {
        let names = ["none", "rusage", "clock"];
        names.get(number as usize).copied().unwrap_or("none")
    };
    format!(
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
    )
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
