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

const fn flag(short: u8, name: &'static str, apply: Apply) -> Opt {
    Opt {
        short,
        name,
        takes_value: false,
        adds: false,
        apply,
    }
}

const fn one(short: u8, name: &'static str, apply: Apply) -> Opt {
    Opt {
        short,
        name,
        takes_value: true,
        adds: false,
        apply,
    }
}

const fn many(short: u8, name: &'static str, apply: Apply) -> Opt {
    Opt {
        short,
        name,
        takes_value: true,
        adds: true,
        apply,
    }
}

const TABLE: &[Opt] = &[
    one(0, "rootfs", apply::rootfs),
    flag(0, "read-only", apply::read_only),
    many(b'v', "volume", apply::volume),
    many(0, "mount", apply::mount),
    many(0, "tmpfs", apply::tmpfs),
    many(0, "device", apply::device),
    many(0, "file", apply::file),
    many(0, "symlink", apply::symlink),
    many(0, "dir", apply::dir),
    one(0, "proc", apply::proc),
    one(b'w', "workdir", apply::workdir),
    many(b'e', "env", apply::env),
    many(0, "env-file", apply::env_file),
    flag(0, "clear-env", apply::clear_env),
    one(0, "umask", apply::umask),
    one(0, "stdin", apply::stdin),
    one(0, "stdout", apply::stdout),
    one(0, "stderr", apply::stderr),
    many(0, "pass-fd", apply::pass_fd),
    one(0, "preserve-fds", apply::preserve_fds),
    many(0, "ulimit", apply::ulimit),
    flag(b'i', "interactive", apply::nothing),
    one(b'u', "user", apply::user),
    many(0, "group-add", apply::group_add),
    one(0, "map", apply::map),
    many(0, "uidmap", apply::uidmap),
    many(0, "gidmap", apply::gidmap),
    one(0, "newuidmap", apply::newuidmap),
    one(0, "newgidmap", apply::newgidmap),
    one(0, "net", apply::net),
    one(0, "network", apply::net),
    one(b'h', "hostname", apply::hostname),
    many(0, "unshare", apply::unshare),
    many(0, "share", apply::share),
    many(0, "join", apply::join),
    many(0, "time-offset", apply::time_offset),
    many(0, "cap-add", apply::cap_add),
    many(0, "cap-drop", apply::cap_drop),
    many(0, "security-opt", apply::security_opt),
    flag(0, "allow-new-privs", apply::allow_new_privs),
    one(0, "timeout", apply::timeout),
    one(0, "cpu-timeout", apply::cpu_timeout),
    one(0, "kill-after", apply::kill_after),
    flag(0, "init", apply::init),
    flag(0, "no-init", apply::no_init),
    flag(0, "no-die-with-host", apply::no_die_with_host),
    flag(0, "rm", apply::nothing),
    flag(0, "json", apply::json),
    one(0, "status-fd", apply::status_fd),
    one(0, "report", apply::report),
    flag(b'q', "quiet", apply::quiet),
    flag(0, "debug", apply::debug),
];

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
}

/// Options end at the first word that is none, or at `--`. What was understood before a fault is kept.
pub fn parse(line: &mut Line, words: impl IntoIterator<Item = OsString>) -> Result<(), Problem> {
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next_if(|word| word.len() > 1 && word.as_bytes()[0] == b'-') {
        let next = &mut || words.next_if(|word| word != "--");
        match word.as_bytes() {
            b"--" => break,
            [b'-', b'-', long @ ..] => parse_long(line, &owned(long), next)?,
            bundle => parse_bundle(line, &bundle[1..], next)?,
        }
    }
    line.words = words.collect();
    Ok(())
}

fn unknown(word: &OsStr) -> Problem {
    Problem::usage(format!("unknown option \"{}\"", word.to_string_lossy()))
}

fn parse_long(line: &mut Line, word: &OsStr, next: &mut dyn FnMut() -> Option<OsString>) -> Result<(), Problem> {
    let (name, value) = split(word, b'=');
    let spelling = owned(&[b"--", name.as_bytes()].concat());
    let option = TABLE
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
fn parse_bundle(line: &mut Line, letters: &[u8], next: &mut dyn FnMut() -> Option<OsString>) -> Result<(), Problem> {
    let whole = owned(&[b"-", letters].concat());
    let name = split(&owned(letters), b'=').0;
    if TABLE.iter().any(|option| name == option.name) {
        return Err(unknown(&whole));
    }
    for (at, letter) in letters.iter().enumerate() {
        let option = TABLE
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
