// SPDX-License-Identifier: MIT
//! The options of `ctr run`, as far as this program knows them, and how words become uses of them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::apply;
use crate::problem::{Problem, USAGE};
use crate::setup::Setup;
use crate::values::{owned, split};

type Apply = fn(&mut Setup, &Use) -> Result<(), Problem>;

pub struct Opt {
    short: u8,
    name: &'static str,
    takes_value: bool,
    /// Every use counts, not only the last one.
    pub adds: bool,
    pub apply: Apply,
}

/// An option without a value, with one that counts where it stands last, and with values that add up.
macro_rules! row {
    ($short:expr, $name:expr, flag, $apply:expr) => {
        Opt {
            short: $short,
            name: $name,
            takes_value: false,
            adds: false,
            apply: $apply,
        }
    };
    ($short:expr, $name:expr, one, $apply:expr) => {
        Opt {
            short: $short,
            name: $name,
            takes_value: true,
            adds: false,
            apply: $apply,
        }
    };
    ($short:expr, $name:expr, many, $apply:expr) => {
        Opt {
            short: $short,
            name: $name,
            takes_value: true,
            adds: true,
            apply: $apply,
        }
    };
}

const TABLE: &[Opt] = &[
    row!(0, "rootfs", one, apply::rootfs),
    row!(0, "read-only", flag, apply::read_only),
    row!(b'v', "volume", many, apply::volume),
    row!(0, "mount", many, apply::mount),
    row!(0, "tmpfs", many, apply::tmpfs),
    row!(0, "device", many, apply::device),
    row!(0, "file", many, apply::file),
    row!(0, "symlink", many, apply::symlink),
    row!(0, "dir", many, apply::dir),
    row!(0, "proc", one, apply::proc),
    row!(b'w', "workdir", one, apply::workdir),
    row!(b'e', "env", many, apply::env),
    row!(0, "env-file", many, apply::env_file),
    row!(0, "clear-env", flag, apply::clear_env),
    row!(0, "umask", one, apply::umask),
    row!(0, "stdin", one, apply::stdin),
    row!(0, "stdout", one, apply::stdout),
    row!(0, "stderr", one, apply::stderr),
    row!(0, "pass-fd", many, apply::pass_fd),
    row!(0, "preserve-fds", one, apply::preserve_fds),
    row!(0, "ulimit", many, apply::ulimit),
    row!(b't', "tty", flag, apply::tty),
    row!(b'i', "interactive", flag, apply::interactive),
    row!(b'u', "user", one, apply::user),
    row!(0, "group-add", many, apply::group_add),
    row!(0, "map", one, apply::map),
    row!(0, "uidmap", many, apply::uidmap),
    row!(0, "gidmap", many, apply::gidmap),
    row!(0, "newuidmap", one, apply::newuidmap),
    row!(0, "newgidmap", one, apply::newgidmap),
    row!(0, "net", one, apply::net),
    row!(0, "network", one, apply::net),
    row!(b'h', "hostname", one, apply::hostname),
    row!(0, "unshare", many, apply::unshare),
    row!(0, "share", many, apply::share),
    row!(0, "join", many, apply::join),
    row!(0, "time-offset", many, apply::time_offset),
    row!(0, "cap-add", many, apply::cap_add),
    row!(0, "cap-drop", many, apply::cap_drop),
    row!(0, "cap-profile", one, apply::cap_profile),
    row!(0, "keyring", one, apply::keyring),
    row!(0, "pids-limit", one, apply::pids_limit),
    row!(0, "oom-score-adj", one, apply::oom_score_adj),
    row!(0, "nice", one, apply::nice),
    row!(0, "cpuset-cpus", one, apply::cpuset_cpus),
    row!(0, "core-sched", flag, apply::core_sched),
    row!(0, "landlock", many, apply::landlock),
    row!(0, "security-opt", many, apply::security_opt),
    row!(0, "allow-new-privs", flag, apply::allow_new_privs),
    row!(0, "timeout", one, apply::timeout),
    row!(0, "cpu-timeout", one, apply::cpu_timeout),
    row!(0, "kill-after", one, apply::kill_after),
    row!(0, "init", flag, apply::init),
    row!(0, "no-init", flag, apply::no_init),
    row!(0, "no-die-with-host", flag, apply::no_die_with_host),
    row!(b'd', "detach", flag, apply::detach),
    row!(0, "name", one, apply::name),
    row!(0, "rm", flag, apply::rm),
    row!(0, "log-size", one, apply::log_size),
    row!(0, "state-dir", one, apply::state_dir),
    row!(0, "json", flag, apply::json),
    row!(0, "status-fd", one, apply::status_fd),
    row!(0, "report", one, apply::report),
    row!(b'q', "quiet", flag, apply::quiet),
    row!(0, "debug", flag, apply::debug),
];

/// Those of the other commands that differ from what `run` understands by the same letter.
const OTHERS: &[(&str, Opt)] = &[
    ("ps", row!(b'a', "all", flag, apply::all)),
    ("kill", row!(b's', "signal", one, apply::signal)),
    ("stop", row!(b't', "time", one, apply::grace)),
    ("logs", row!(b'f', "follow", flag, apply::follow)),
    ("rm", row!(b'f', "force", flag, apply::force)),
];

/// What can be said of a further command.
const OF_EXEC: &str = " workdir env env-file clear-env umask stdin stdout stderr pass-fd ulimit tty interactive user \
                       group-add cap-drop timeout kill-after state-dir json status-fd report quiet ";

/// What can be said of a container that has a name.
const OF_NAMES: &str = " state-dir quiet json ";

/// The options that a command understands.
fn table(command: &str) -> Vec<&'static Opt> {
    let those_of = |names: &str| {
        let known = |option: &&'static Opt| names.contains(&format!(" {} ", option.name));
        TABLE.iter().filter(known).collect::<Vec<_>>()
    };
    let own = OTHERS.iter().filter(|(of, _)| *of == command).map(|(_, option)| option);
    match command {
        "run" | "explain" => TABLE.iter().collect(),
        "exec" => those_of(OF_EXEC),
        _ => own.chain(those_of(OF_NAMES)).collect(),
    }
}

/// One use of an option.
pub struct Use {
    pub option: &'static Opt,
    pub value: OsString,
    ordinal: usize,
}

impl Use {
    /// The option as its user knows it, such as `volume 2`.
    pub fn label(&self) -> String {
        let name = self.option.name;
        if self.option.adds {
            format!("{name} {}", self.ordinal)
        } else {
            name.to_owned()
        }
    }

    pub fn text(&self) -> String {
        self.value.to_string_lossy().into_owned()
    }

    pub fn bad(&self, what: &str) -> Problem {
        Problem::new(USAGE, &self.label(), format!("\"{}\" is {what}", self.text()))
    }

    pub fn is(&self, name: &str) -> bool {
        self.option.name == name
    }
}

#[derive(Default)]
pub struct Line {
    pub uses: Vec<Use>,
    pub words: Vec<OsString>,
    /// Of `exec`: whose container it is for.
    pub name: Option<OsString>,
}

/// Options end at the first word that is none, or at `--`. What was understood before a fault is kept.
pub fn parse(line: &mut Line, command: &str, words: impl IntoIterator<Item = OsString>) -> Result<(), Problem> {
    let (table, mut words) = (table(command), words.into_iter().peekable());
    while let Some(word) = words.next_if(|word| word.len() > 1 && word.as_bytes()[0] == b'-') {
        let next = &mut || words.next_if(|word| word != "--");
        match word.as_bytes() {
            b"--" => break,
            [b'-', b'-', long @ ..] => parse_long(&table, line, &owned(long), next)?,
            bundle => parse_bundle(&table, line, &bundle[1..], next)?,
        }
    }
    line.words = words.collect();
    Ok(())
}

fn unknown(word: &OsStr) -> Problem {
    Problem::usage(format!("unknown option \"{}\"", word.to_string_lossy()))
}

type Next<'a> = &'a mut dyn FnMut() -> Option<OsString>;

fn parse_long(table: &[&'static Opt], line: &mut Line, word: &OsStr, next: Next) -> Result<(), Problem> {
    let (name, value) = split(word, b'=');
    let spelling = owned(&[b"--", name.as_bytes()].concat());
    let option = *table
        .iter()
        .find(|option| name == option.name)
        .ok_or_else(|| unknown(&spelling))?;
    let told = spelling.to_string_lossy();
    match (option.takes_value, value) {
        (false, None) => add(line, option, OsString::new()),
        (false, Some(_)) => return Err(Problem::usage(format!("option \"{told}\" takes no value"))),
        (true, Some(value)) => add(line, option, value),
        (true, None) => add(line, option, next().ok_or_else(|| Problem::usage(needs_value(&told)))?),
    }
    Ok(())
}

fn needs_value(spelling: &str) -> String {
    format!("option \"{spelling}\" needs a value")
}

/// -i, -it, -eK=V, -e K=V, -e=K=V, -ie K=V; but not -volume.
fn parse_bundle(table: &[&'static Opt], line: &mut Line, letters: &[u8], next: Next) -> Result<(), Problem> {
    let whole = owned(&[b"-", letters].concat());
    let name = split(&owned(letters), b'=').0;
    if table.iter().any(|option| name == option.name) {
        return Err(unknown(&whole));
    }
    for (at, letter) in letters.iter().enumerate() {
        let option = *table
            .iter()
            .find(|option| option.short == *letter)
            .ok_or_else(|| unknown(&whole))?;
        let rest = &letters[at + 1..];
        if option.takes_value {
            let missing = || Problem::usage(needs_value(&format!("-{}", *letter as char)));
            let attached = rest.strip_prefix(b"=").unwrap_or(rest);
            let value = if rest.is_empty() {
                next().ok_or_else(missing)?
            } else {
                owned(attached)
            };
            add(line, option, value);
            return Ok(());
        }
        add(line, option, OsString::new());
    }
    Ok(())
}

fn add(line: &mut Line, option: &'static Opt, value: OsString) {
    let ordinal = 1 + line
        .uses
        .iter()
        .filter(|other| std::ptr::eq(other.option, option))
        .count();
    line.uses.push(Use { option, value, ordinal });
}
