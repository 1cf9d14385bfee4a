// SPDX-License-Identifier: MIT
//! The commands that take names: ps, inspect, logs, kill, stop, pause, resume, wait and rm.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use libctr::{Child, Error, ErrorKind, Info, PauseMethod, Record, Result, State};

use crate::kernel::kill_init;
use crate::options::{parse, Line};
use crate::outcome::{exit_status, result_json};
use crate::problem::{json_text, printable, tell, Problem, NOT_STARTED};
use crate::setup::Setup;

const SIGTERM: i32 = 15;
const SIGKILL: i32 = 9;
const USUAL_GRACE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(5); // for what is ended by SIGKILL
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Runs one of these commands, and returns the exit status; `None` where it is none of them.
pub fn dispatch(command: &str, words: impl Iterator<Item = OsString>) -> Option<i32> {
    let deed: Deed = match command {
        "ps" | "logs" | "inspect" => return Some(look(command, words)),
        "kill" => |setup, name| {
            setup
                .names()
                .open(name)?
                .signal(setup.of_names.signal.unwrap_or(SIGKILL))
        },
        "stop" => stop,
        "pause" => pause,
        "resume" => |setup, name| setup.names().open(name)?.resume(),
        "wait" => wait,
        "rm" => remove,
        _ => return None,
    };
    Some(match described(command, words) {
        Ok((setup, names)) => names.iter().fold(0, |status, name| match deed(&setup, name) {
            Ok(()) => status,
            Err(error) => setup.retold(&error).complain(),
        }),
        Err(problem) => problem.complain(),
    })
}

type Deed = fn(&Setup, &OsStr) -> Result<()>;

fn described(
    command: &str,
    words: impl Iterator<Item = OsString>,
) -> std::result::Result<(Setup, Vec<OsString>), Problem> {
    let (mut setup, mut line) = (Setup::default(), Line::default());
    parse(&mut line, command, words)?;
    setup.apply(&line, true)?;
    setup.apply(&line, false)?;
    match (command, line.words.len()) {
        ("ps", 0) | ("logs", 1) => {}
        ("ps", _) => return Err(Problem::usage("ps takes no names")),
        ("logs", _) => return Err(Problem::usage("logs takes the name of one container")),
        (_, 0) => return Err(Problem::usage("no container was named")),
        _ => {}
    }
    Ok((setup, line.words))
}

fn ends_within(child: &Child, longest: Duration) -> bool {
    matches!(child.outcome_within(longest), Ok(Some(_)))
}

/// By its init, which writes down how it ended; and where that does nothing, without it.
fn end(child: &Child) {
    let _ = child.kill();
    if !ends_within(child, PATIENCE) {
        kill_init(child);
        ends_within(child, PATIENCE);
    }
}

fn stop(setup: &Setup, name: &OsStr) -> Result<()> {
    let child = setup.names().open(name)?;
    match child.info()?.state() {
        State::Ended | State::Lost => return Ok(()),
        State::Paused => child.resume()?, // what is stopped takes no SIGTERM
        _ => {}
    }
    let _ = child.signal(SIGTERM); // it may have ended
    if !ends_within(&child, setup.of_names.grace.unwrap_or(USUAL_GRACE)) {
        end(&child);
    }
    Ok(())
}

fn pause(setup: &Setup, name: &OsStr) -> Result<()> {
    let child = setup.names().open(name)?;
    child.pause()?;
    if child.info()?.pause_method() == PauseMethod::Signals && !setup.quiet {
        tell("ctr: note: every process was stopped by SIGSTOP, as there is no freezer");
    }
    Ok(())
}

fn wait(setup: &Setup, name: &OsStr) -> Result<()> {
    let outcome = setup.names().open(name)?.outcome()?;
    match setup.json {
        true => println!("{}", result_json(&outcome)),
        false => println!("{}", exit_status(&outcome)),
    }
    Ok(())
}

fn remove(setup: &Setup, name: &OsStr) -> Result<()> {
    if setup.of_names.force {
        // What cannot be opened may be removed all the same, and the error of that is the one to tell.
        setup.names().open(name).iter().for_each(end);
    }
    match setup.names().remove(name) {
        Err(error) if setup.of_names.force && error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn look(command: &str, words: impl Iterator<Item = OsString>) -> i32 {
    let (setup, names) = match described(command, words) {
        Ok(line) => line,
        Err(problem) => return problem.complain(),
    };
    let looked = match command {
        "ps" => list(&setup),
        "logs" => logs(&setup, &names[0]),
        _ => inspect(&setup, &names),
    };
    looked.unwrap_or_else(|error| setup.retold(&error).complain())
}

fn is_over(info: &Info) -> bool {
    matches!(info.state(), State::Ended | State::Lost)
}

/// Those that cannot be read are complained about, one by one.
fn list(setup: &Setup) -> Result<i32> {
    let (mut status, mut shown) = (0, Vec::new());
    for name in setup.names().list()? {
        match setup.names().look(&name) {
            Ok(record) => shown.push((record.info()?, record)),
            Err(error) if error.kind() == ErrorKind::NotFound => {} // it went just now
            Err(error) => status = setup.retold(&error).complain(),
        }
    }
    shown.retain(|(info, _)| setup.of_names.all || !is_over(info));
    let line = |(info, record): &(Info, Record)| match (setup.json, setup.quiet) {
        (true, _) => json(setup, info, &record.name(), &record.words()),
        (_, true) => record.name(),
        _ => format!("{:<15} {:<9} {}", record.name(), state(info), words(&record.words())),
    };
    let lines: Vec<String> = shown.iter().map(line).collect();
    match (setup.json, setup.quiet) {
        (true, _) => println!("[{}]", lines.join(",\n")),
        (_, quiet) => {
            let header = Some(format!("{:<15} {:<9} COMMAND", "NAME", "STATE")).filter(|_| !quiet);
            header.iter().chain(&lines).for_each(|line| println!("{line}"));
        }
    }
    Ok(status)
}

fn inspect(setup: &Setup, names: &[OsString]) -> Result<i32> {
    let told = |name: &OsString| match setup.names().open(name) {
        Ok(child) => Ok(json(setup, &child.info()?, &child.name(), &child.words())),
        // What is written down can be told.
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            let record = setup.names().look(name)?;
            Ok(json(setup, &record.info()?, &record.name(), &record.words()))
        }
        Err(error) => Err(error),
    };
    let objects = names.iter().map(told).collect::<Result<Vec<_>>>()?;
    println!("[{}]", objects.join(",\n"));
    Ok(0)
}

fn state(info: &Info) -> &'static str {
    match info.state() {
        State::Starting => "starting",
        State::Running => "running",
        State::Paused => "paused",
        State::Ended => "ended",
        _ => "lost",
    }
}

fn words(words: &[OsString]) -> String {
    let shown: Vec<String> = words.iter().map(|word| printable(&word.to_string_lossy())).collect();
    shown.join(" ")
}

fn seconds(time: Option<SystemTime>) -> f64 {
    time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0.0, |since| since.as_secs_f64())
}

fn json(setup: &Setup, info: &Info, name: &str, words: &[OsString]) -> String {
    let command: Vec<String> = words.iter().map(|word| json_text(&word.to_string_lossy())).collect();
    // A record cannot be waited for.
    let ended = |child: Child| child.outcome_within(Duration::ZERO);
    let outcome = Some(name)
        .filter(|_| is_over(info))
        .map(|name| setup.names().open(name).and_then(ended));
    let result = match outcome {
        Some(Ok(Some(outcome))) => result_json(&outcome),
        _ => "null".to_owned(),
    };
    format!(
        r#"{{"name":{},"state":"{}","command":[{}],"created":{},"ended":{},"pid":{},"result":{result}}}"#,
        json_text(name),
        state(info),
        command.join(","),
        seconds(info.created()),
        seconds(info.ended()),
        info.init_pid().unwrap_or(0)
    )
}

/// Each stream to its own.
fn logs(setup: &Setup, name: &OsStr) -> Result<i32> {
    let record = setup.names().look(name)?;
    let mut streams = [Stream::default(), Stream::default()];
    loop {
        let over = !setup.of_names.follow || is_over(&record.info()?); // before the last look at the streams
        let [out, err] = &mut streams;
        out.show(record.captured(1), &mut io::stdout())?;
        err.show(record.captured(2), &mut io::stderr())?;
        if out.missing && err.missing {
            let told = format!("the output of {} was not kept", json_text(&name.to_string_lossy()));
            return Ok(Problem::new(NOT_STARTED, "", told).complain());
        }
        if over {
            return Ok(0);
        }
        sleep(BETWEEN_LOOKS);
    }
}

#[derive(Default)]
struct Stream {
    shown: u64,
    missing: bool,
}

impl Stream {
    /// What is new of it.
    fn show(&mut self, captured: Result<libctr::Captured>, to: &mut dyn Write) -> std::result::Result<(), Error> {
        let captured = match captured {
            Err(error) if error.kind() == ErrorKind::Invalid => {
                self.missing = true;
                return Ok(());
            }
            other => other?,
        };
        let skipped = self.shown.saturating_sub(captured.first) as usize;
        let new = captured.data.get(skipped..).unwrap_or_default();
        let _ = to.write_all(new).and_then(|()| to.flush()); // nobody is left to tell
        self.shown = captured.first + captured.data.len() as u64;
        Ok(())
    }
}
