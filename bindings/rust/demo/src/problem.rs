// SPDX-License-Identifier: MIT
//! What can go wrong, told as `ctr` tells it.

use std::io::{self, Write};

use libctr::{Error, ErrorKind};

pub const USAGE: i32 = 2;
pub const NOT_STARTED: i32 = 125;
const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;

const ENOSPC: i32 = 28;

#[derive(Debug)]
pub struct Problem {
    pub status: i32,
    step: String,
    message: String,
    option: String,
    errno: Option<i32>,
    hint: String,
    json: String,
}

impl Problem {
    /// A command line that cannot be parsed, or a value that is refused before the library sees it.
    pub fn new(status: i32, option: &str, message: impl Into<String>) -> Self {
        let (step, message) = ("options".to_owned(), message.into());
        let json = format!(
            r#"{{"code":1,"code_name":"invalid","step":"options","errno":0,"errno_name":"","subject":"","call":"","index":-1,"message":{},"hint":""}}"#,
            json_text(&message)
        );
        Self {
            status,
            step,
            message,
            option: option.to_owned(),
            errno: None,
            hint: String::new(),
            json,
        }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            hint: "\"demo help\" tells more".to_owned(),
            ..Self::new(USAGE, "", message)
        }
    }

    pub fn of_io(option: &str, path: &str, error: &io::Error) -> Self {
        Self {
            errno: error.raw_os_error(),
            ..Self::new(NOT_STARTED, option, format!("cannot use {path:?}"))
        }
    }

    /// The library's error, told by the name of the option that is behind it.
    pub fn retold(error: &Error, option: String) -> Self {
        let status = match error.kind() {
            ErrorKind::NoCommand => NOT_FOUND,
            ErrorKind::NotExecutable => NOT_EXECUTABLE,
            _ => NOT_STARTED,
        };
        let subject = error.subject().to_string_lossy();
        let told = error.message().contains(&*subject) || error.message().contains(&printable(&subject));
        let behind = if told { String::new() } else { format!(" \"{subject}\"") };
        Self {
            status,
            step: error.step().to_owned(),
            message: format!("{}{behind}", error.message()),
            option,
            // A limit on namespaces is ENOSPC, and its text would speak of a full disk.
            errno: error
                .errno()
                .filter(|errno| error.kind() != ErrorKind::Limit || *errno != ENOSPC),
            hint: error.hint().to_owned(),
            json: error.to_json().to_owned(),
        }
    }

    pub fn json(&self) -> &str {
        &self.json
    }

    /// Tells it in one or two lines, and returns the exit status.
    pub fn complain(&self) -> i32 {
        let wrapped = |before: &str, text: &str, behind: &str| match text {
            "" => String::new(),
            text => format!("{before}{text}{behind}"),
        };
        let errno = self
            .errno
            .map(|errno| io::Error::from_raw_os_error(errno).to_string())
            .unwrap_or_default();
        let errno = errno.split(" (os error").next().unwrap_or_default();
        let text = [
            format!("ctr: {}: {}", printable(&self.step), printable(&self.message)),
            wrapped(" (", &self.option, ")"),
            wrapped(": ", errno, ""),
            wrapped("\nhint: ", &printable(&self.hint), ""),
        ]
        .concat();
        tell(&text);
        self.status
    }
}

pub fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}"); // nobody is left to tell
}

/// Without what commands a terminal, or reorders or hides what stands on a line.
pub fn printable(text: &str) -> String {
    let hidden =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let shown = |c: char| {
        if c.is_control() || hidden(c) {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(shown).collect()
}

pub fn json_text(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
