// SPDX-License-Identifier: MIT
//! What the options add up to.

use std::ffi::OsString;
use std::os::unix::io::RawFd;
use std::path::PathBuf;
use std::time::Duration;

use libctr::{Command, Container, Error, Scope, Stdio};

use crate::apply;
use crate::naming::OfNames;
use crate::options::{Line, Use};
use crate::problem::Problem;

#[derive(Default)]
pub struct Setup {
    pub container: Container,
    pub streams: [Option<Stdio>; 3],
    pub scope: Option<Scope>,
    pub helpers: [Option<PathBuf>; 2],
    pub timeout: Duration,
    pub kill_after: Duration,
    pub explains: bool,
    pub json: bool,
    pub quiet: bool,
    pub debug: bool,
    pub status_fd: Option<RawFd>,
    pub report: Option<PathBuf>,
    pub terminal: Option<(u32, u32)>,
    pub interactive: bool,
    pub detach: bool,
    pub name: Option<OsString>,
    pub name_goes: bool,
    pub state_directory: Option<PathBuf>,
    pub of_names: OfNames,
    /// Which option is behind each call of the library, by the call's name.
    pub origins: Vec<(&'static str, String)>,
}

impl Setup {
    /// The container, for a call of the C interface by this name that an option makes.
    pub fn for_call(&mut self, call: &'static str, used: &Use) -> &mut Container {
        self.origins.push((call, used.label()));
        &mut self.container
    }

    pub fn note(&mut self, call: &'static str, used: &Use) {
        self.origins.push((call, used.label()));
    }

    pub fn retold(&self, error: &Error) -> Problem {
        let mut behind = self.origins.iter().filter(|(call, _)| *call == error.call());
        let origin = behind.nth(error.index().unwrap_or(0)).map(|(_, label)| label.clone());
        Problem::retold(error, origin.unwrap_or_default())
    }

    /// Applies the options that are, or are not, about the outcome.
    pub fn apply(&mut self, line: &Line, outcome: bool) -> Result<(), Problem> {
        for (at, used) in line.uses.iter().enumerate() {
            let later = line.uses[at + 1..]
                .iter()
                .any(|other| std::ptr::eq(other.option, used.option));
            let for_outcome = ["json", "status-fd", "report", "quiet", "debug"]
                .iter()
                .any(|name| used.is(name));
            if for_outcome == outcome && (used.option.adds || !later) {
                (used.option.apply)(self, used)?;
            }
        }
        Ok(())
    }

    pub fn describe(&mut self, line: &Line) -> Result<(), Problem> {
        apply::check_passed_fds(line)?;
        if let Some(terminal) = std::env::var_os("TERM") {
            self.container.env("TERM", terminal);
            self.origins
                .push(("ctr_config_add_env", "TERM of the caller".to_owned()));
        }
        // It forgets what was set before it.
        if line.uses.iter().any(|used| used.is("clear-env")) {
            self.container.env_clear();
            self.origins.clear();
        }
        self.apply(line, false)?;
        let [users, groups] = &self.helpers;
        if users.is_some() || groups.is_some() {
            self.container.id_helpers(users.as_deref(), groups.as_deref());
        }
        self.set_name()
    }

    pub fn command(&mut self, words: &[OsString]) -> Command {
        let mut command = self.container.command(&words[0]);
        command.args(&words[1..]);
        let [stdin, stdout, stderr] = self.chosen_streams();
        stdin.map(|stdio| command.stdin(stdio));
        stdout.map(|stdio| command.stdout(stdio));
        stderr.map(|stdio| command.stderr(stdio));
        if let Some((rows, columns)) = self.terminal {
            command.terminal(rows, columns);
        }
        command
    }
}
