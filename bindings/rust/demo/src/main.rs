// SPDX-License-Identifier: MIT
//! As much of ctr as the behaviour suite takes to run through the Rust interface. It is a table of options, and a call of
//! a builder for each.

// A problem is told once, and then the program ends.
#![allow(unknown_lints, clippy::result_large_err)]

mod apply;
mod kernel;
mod mounts;
mod names;
mod naming;
mod options;
mod outcome;
mod problem;
mod setup;
mod terminal;
mod tty;
mod values;

use std::ffi::OsString;
use std::fs::File;
use std::os::raw::c_int;
use std::os::unix::io::AsRawFd;
use std::process::exit;
use std::time::{Duration, Instant};

use libctr::{Child, Command, ErrorKind, Outcome};

use kernel::{poll_each, Signals, Watched};
use options::{parse, Line};
use problem::{tell, Problem, USAGE};
use setup::Setup;
use terminal::Terminal;

/// The library's init keeps the deadline; this much later waiting keeps it for one that does not.
const GRACE: Duration = Duration::from_millis(200);

const HELP: &str = "usage: demo run|explain [OPTIONS] [--] COMMAND...
       demo exec [OPTIONS] NAME [--] COMMAND...
       demo ps|inspect|logs|kill|stop|pause|resume|wait|rm [OPTIONS] [NAME...]

The options are those of ctr, such as --rootfs, --security-opt seccomp=PROFILE or --state-dir, which is ctr in
$XDG_RUNTIME_DIR or in /run/user/UID, else /tmp/ctr-UID.";

/// Passes signals on, and what goes through a terminal, until the container has ended, or until its end is better left
/// to the library.
fn forward_until_end(child: &Child, signals: &Signals, setup: &Setup, terminal: &mut Option<Terminal>) {
    let due = Instant::now() + setup.timeout + setup.kill_after + GRACE;
    let nobody = [Watched::readable(-1); 4];
    loop {
        let left = c_int::try_from(due.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(c_int::MAX);
        let deadline = (!setup.timeout.is_zero()).then_some(left);
        let patience = terminal.as_ref().map_or(-1, Terminal::patience_ms);
        let [a, b, c, d] = terminal.as_ref().map_or(nobody, Terminal::watched);
        let ours = [child.as_raw_fd(), signals.descriptor().as_raw_fd()].map(Watched::readable);
        let timeout = [deadline, Some(patience).filter(|time| *time >= 0)]
            .into_iter()
            .flatten()
            .min();
        let ready = poll_each([ours[0], ours[1], a, b, c, d], timeout.unwrap_or(-1));
        if ready[1] {
            let arrived = signals.taken();
            arrived.into_iter().for_each(|signal| drop(child.signal(signal))); // it may have ended
        }
        terminal.iter_mut().for_each(|terminal| terminal.serve(&ready[2..]));
        if ready[0] || deadline == Some(0) {
            return;
        }
    }
}

fn started(setup: &Setup, command: &mut Command, signals: &Signals) -> Result<Child, Problem> {
    command.cancel_on(signals.descriptor()).spawn().map_err(|error| {
        if error.kind() == ErrorKind::Cancelled {
            Signals::unblock(); // a signal during the set-up is meant for this program
        }
        setup.retold(&error)
    })
}

fn attend(setup: &Setup, child: &Child, signals: &Signals) -> Result<(Outcome, String), Problem> {
    let mut terminal = setup
        .terminal
        .map(|_| Terminal::new(child, setup.interactive))
        .transpose();
    let terminal = terminal
        .as_mut()
        .map_err(|error| Problem::of_io("tty", "signals", error))?;
    forward_until_end(child, signals, setup, terminal);
    let outcome = child.outcome().map_err(|error| setup.retold(&error))?;
    if let Some(terminal) = terminal.take() {
        terminal.finish(signals);
    }
    Ok((outcome, child.report()))
}

type Ended = Option<(Outcome, String)>; // nothing is known of what was detached

fn run_command(setup: &mut Setup, line: &Line) -> Result<Ended, Problem> {
    let mut command = setup.command(&line.words);
    if setup.debug {
        command.explain().into_iter().for_each(|plan| tell(&plan));
    }
    let signals = Signals::block().map_err(|error| Problem::of_io("", "signals", &error))?;
    let child = started(setup, &mut command, &signals)?;
    if !setup.quiet {
        child.notices().for_each(|notice| tell(&format!("ctr: note: {notice}")));
    }
    if setup.detach {
        println!("{}", child.name());
        child.detach();
        return Ok(None);
    }
    attend(setup, &child, &signals).map(Some)
}

/// A further command in a named container.
fn exec_command(setup: &mut Setup, line: &Line) -> Result<Ended, Problem> {
    let mut command = setup.command(&line.words);
    let name = line.name.as_deref().unwrap_or_default();
    let container = setup.names().open(name).map_err(|error| setup.retold(&error))?;
    let signals = Signals::block().map_err(|error| Problem::of_io("", "signals", &error))?;
    let child = started(setup, command.run_in(&container), &signals)?;
    attend(setup, &child, &signals).map(Some)
}

/// The name of `exec` is the first word, and `--` may stand behind it.
fn take_name(line: &mut Line) {
    let mut words = std::mem::take(&mut line.words).into_iter().peekable();
    line.name = words.next();
    words.next_if(|word| word == "--");
    line.words = words.collect();
}

fn run(name: &str, words: impl Iterator<Item = OsString>) -> i32 {
    let (mut setup, mut line) = (Setup::default(), Line::default());
    let parsed = parse(&mut line, name, words);
    let execute = if name == "exec" { exec_command } else { run_command };
    if name == "exec" {
        take_name(&mut line);
    }
    let told = setup.apply(&line, true);
    let complete = parsed.and(told).and_then(|()| has_command(&line));
    let prepared = complete
        .and_then(|()| setup.describe(&line))
        .and_then(|()| outcome::prepare(&setup));
    let file: Option<File> = match prepared {
        Ok(file) => file,
        Err(problem) => return outcome::failed(&setup, &problem, None),
    };
    match execute(&mut setup, &line) {
        Ok(Some((outcome, report))) => outcome::ended(&setup, &outcome, &report, file),
        Ok(None) => 0,
        Err(problem) => outcome::failed(&setup, &problem, file),
    }
}

fn has_command(line: &Line) -> Result<(), Problem> {
    if line.words.is_empty() {
        return Err(Problem::usage("no name or no command was given"));
    }
    Ok(())
}

fn explain(words: impl Iterator<Item = OsString>) -> Result<String, Problem> {
    let mut line = Line::default();
    parse(&mut line, "explain", words)?;
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
        Some(name @ ("run" | "exec")) => run(name, words),
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
        name => names::dispatch(name.unwrap_or_default(), words)
            .unwrap_or_else(|| Problem::usage(format!("unknown command \"{}\"", command.to_string_lossy())).complain()),
    });
}

fn print(text: &str) -> i32 {
    println!("{text}");
    0
}
