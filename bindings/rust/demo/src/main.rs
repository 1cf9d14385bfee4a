// SPDX-License-Identifier: MIT
//! As much of `ctr run`, `ctr explain`, `ctr version` and `ctr help` as the behaviour suite takes to run through the Rust
//! interface. It is a table of options, and a call of a builder for each.

// A problem is told once, and then the program ends.
#![allow(unknown_lints, clippy::result_large_err)]

mod apply;
mod kernel;
mod mounts;
mod options;
mod outcome;
mod problem;
mod setup;
mod values;

use std::ffi::OsString;
use std::fs::File;
use std::os::raw::c_int;
use std::os::unix::io::AsRawFd;
use std::process::exit;
use std::time::{Duration, Instant};

use libctr::{Child, ErrorKind, Outcome};

use kernel::{wait_for, Signals};
use options::{parse, Line};
use problem::{tell, Problem, USAGE};
use setup::Setup;

/// The library's init keeps the deadline; this much later waiting keeps it for one that does not.
const GRACE: Duration = Duration::from_millis(200);

const HELP: &str =
    "usage: demo run|explain [OPTIONS] [--] COMMAND...\n\nThe options are those of ctr run, such as --rootfs.";

/// Passes signals on until the container has ended, or until its end is better left to the library.
fn forward_until_end(child: &Child, signals: &Signals, setup: &Setup) {
    let due = Instant::now() + setup.timeout + setup.kill_after + GRACE;
    loop {
        let left = due.saturating_duration_since(Instant::now());
        let patience = if setup.timeout.is_zero() {
            -1
        } else {
            c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX)
        };
        let [ended, signalled] = wait_for([child.as_raw_fd(), signals.descriptor().as_raw_fd()], patience);
        if signalled {
            signals
                .taken()
                .into_iter()
                .for_each(|signal| drop(child.signal(signal))); // it may have ended
        }
        if ended || patience == 0 {
            return;
        }
    }
}

fn run_command(setup: &mut Setup, line: &Line) -> Result<(Outcome, String), Problem> {
    let mut command = setup.command(&line.words);
    if setup.debug {
        command.explain().into_iter().for_each(|plan| tell(&plan));
    }
    let signals = Signals::block().map_err(|error| Problem::of_io("", "signals", &error))?;
    let child = command.cancel_on(signals.descriptor()).spawn().map_err(|error| {
        if error.kind() == ErrorKind::Cancelled {
            Signals::unblock(); // a signal during the set-up is meant for this program
        }
        setup.retold(&error)
    })?;
    if !setup.quiet {
        child.notices().for_each(|notice| tell(&format!("ctr: note: {notice}")));
    }
    forward_until_end(&child, &signals, setup);
    let outcome = child.outcome().map_err(|error| setup.retold(&error))?;
    Ok((outcome, child.report()))
}

fn run(words: impl Iterator<Item = OsString>) -> i32 {
    let (mut setup, mut line) = (Setup::default(), Line::default());
    let parsed = parse(&mut line, words);
    let told = setup.apply(&line, true);
    let complete = parsed.and(told).and_then(|()| has_command(&line));
    let prepared = complete
        .and_then(|()| setup.describe(&line))
        .and_then(|()| outcome::prepare(&setup));
    let file: Option<File> = match prepared {
        Ok(file) => file,
        Err(problem) => return outcome::failed(&setup, &problem, None),
    };
    match run_command(&mut setup, &line) {
        Ok((outcome, report)) => outcome::ended(&setup, &outcome, &report, file),
        Err(problem) => outcome::failed(&setup, &problem, file),
    }
}

fn has_command(line: &Line) -> Result<(), Problem> {
    if line.words.is_empty() {
        return Err(Problem::usage("no command was given"));
    }
    Ok(())
}

fn explain(words: impl Iterator<Item = OsString>) -> Result<String, Problem> {
    let mut line = Line::default();
    parse(&mut line, words)?;
    has_command(&line)?;
    let mut setup = Setup {
        explains: true,
        ..Setup::default()
    };
    setup.apply(&line, true)?;
    setup.describe(&line)?;
    let command = setup.command(&line.words);
    let plan = if setup.json {
        command.explain_json()
    } else {
        command.explain()
    };
    plan.map_err(|error| setup.retold(&error))
}

fn main() {
    let mut words = std::env::args_os().skip(1);
    let word = words.next();
    let (given, command) = (word.is_some(), word.unwrap_or_default());
    exit(match command.to_str() {
        Some("run") => run(words),
        Some("explain") => match explain(words) {
            Ok(plan) => print(plan.trim_end()),
            Err(problem) => problem.complain(),
        },
        Some("version") => print(&format!(
            "demo {} (libctr {})",
            env!("CARGO_PKG_VERSION"),
            libctr::version()
        )),
        Some("help") => print(HELP),
        Some("") if !given => {
            tell(HELP);
            USAGE
        }
        _ => Problem::usage(format!("unknown command \"{}\"", command.to_string_lossy())).complain(),
    });
}

fn print(text: &str) -> i32 {
    println!("{text}");
    0
}
