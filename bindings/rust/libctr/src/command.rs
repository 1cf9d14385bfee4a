// SPDX-License-Identifier: MIT
//! A command in a container.

use std::ffi::{OsStr, OsString};
use std::os::raw::{c_char, c_int};
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::process::{ExitStatus, Output};
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

use libctr_sys as sys;

use crate::child::Child;
use crate::container::Container;
use crate::error::{attempt, taken_text, Result};
use crate::handle::Handle;
use crate::process::{process_settings, Keep, Resource};
use crate::settings::{c_strings, setter, Config, Settings};
use crate::stdio::{Kind, Stdio};

/// A command to be run in a container of its own, or in one that runs already; the shape is that of
/// [`std::process::Command`].
///
/// [`Container::command`] makes one for a container that is described, [`Child::command`] one for a container that runs,
/// and [`Command::new`] one for a container without any setting.
///
/// ```
/// use libctr::Command;
///
/// let output = Command::new("sh").args(["-c", "echo $GREETING; exit 3"]).env("GREETING", "hello").output()?;
/// assert_eq!(output.stdout, b"hello\n");
/// assert_eq!(output.status.code(), Some(3));
/// # Ok::<(), libctr::Error>(())
/// ```
#[derive(Debug)]
pub struct Command {
    settings: Settings,
    words: Vec<OsString>,
    streams: [Option<Stdio>; 3],
    cancel: Option<Arc<OwnedFd>>,
    inside: Option<Inside>,
}

/// The container that a further command runs in.
struct Inside(Arc<Handle>);

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a running container")
    }
}

process_settings!(Command);

impl Command {
    /// A command in a container without any setting.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Container::new().command(program)
    }

    pub(crate) fn with(settings: Settings, program: &OsStr) -> Self {
        let words = vec![program.to_owned()];
        Self {
            settings,
            words,
            streams: [None, None, None],
            cancel: None,
            inside: None,
        }
    }

    pub(crate) fn inside(container: Arc<Handle>, program: &OsStr) -> Self {
        Self {
            inside: Some(Inside(container)),
            ..Self::with(Settings::default(), program)
        }
    }

    /// Adds an argument.
    pub fn arg(&mut self, word: impl AsRef<OsStr>) -> &mut Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    /// Adds several arguments.
    pub fn args(&mut self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.words
            .extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Sets the first word that the command sees, and with it what is looked up; for
    /// [`program_fd`](Self::program_fd) it may be any.
    pub fn arg0(&mut self, word: impl AsRef<OsStr>) -> &mut Self {
        self.words[0] = word.as_ref().to_owned();
        self
    }

    /// Executes an open file instead of looking the program up: one that is nowhere in the container, or a memory file.
    pub fn program_fd(&mut self, fd: impl AsFd) -> &mut Self {
        if let Some(fd) = self.settings.descriptor("ctr_config_set_command_fd", fd) {
            // SAFETY: the config is live.
            self.settings
                .record(move |config| unsafe { sys::ctr_config_set_command_fd(config, fd.as_raw_fd()) });
        }
        self
    }

    /// Sets standard input. By default it is inherited, but for [`output`](Self::output), which gives none.
    pub fn stdin(&mut self, stdio: impl Into<Stdio>) -> &mut Self {
        self.stream(0, stdio.into())
    }

    /// Sets standard output. By default it is inherited, but for [`output`](Self::output), which reads it.
    pub fn stdout(&mut self, stdio: impl Into<Stdio>) -> &mut Self {
        self.stream(1, stdio.into())
    }

    /// Sets standard error; the default is as for standard output.
    pub fn stderr(&mut self, stdio: impl Into<Stdio>) -> &mut Self {
        self.stream(2, stdio.into())
    }

    fn stream(&mut self, number: usize, stdio: Stdio) -> &mut Self {
        self.streams[number] = Some(stdio);
        self
    }

    /// Gives the command a terminal of the container's own as standard input, output and error, of this size; zeros leave
    /// it as the kernel makes it. The caller's side is [`Child::terminal`]. Streams must not be set then.
    pub fn terminal(&mut self, rows: u32, columns: u32) -> &mut Self {
        // SAFETY: the config is live.
        self.settings
            .record(move |config| unsafe { sys::ctr_config_set_terminal(config, rows, columns) });
        self
    }

    /// Runs in this running container instead of one of its own; what is said of a container must not be set then. So can
    /// a description that was made before be used in a container that is found later; [`Child::command`] begins without one.
    pub fn run_in(&mut self, container: &Child) -> &mut Self {
        self.inside = Some(Inside(container.shared()));
        self
    }

    /// A start that still goes on is given up when this descriptor polls readable; the error is
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn cancel_on(&mut self, fd: impl AsFd) -> &mut Self {
        self.cancel = self.settings.descriptor("ctr_spawn_options.cancel_fd", fd);
        self
    }

    /// Starts the command. It returns once the command runs: every failure of the set-up, a missing command included,
    /// is reported here, never as an exit status, and nothing is left of it.
    pub fn spawn(&self) -> Result<Child> {
        self.start(&[None, None, None])
    }

    /// Runs the command and waits for its end.
    pub fn status(&self) -> Result<ExitStatus> {
        self.spawn()?.wait()
    }

    /// Runs the command, waits for its end, and returns what it wrote.
    pub fn output(&self) -> Result<Output> {
        self.start(&self.streams_of_output())?.wait_with_output()
    }

    pub(crate) fn streams_of_output(&self) -> [Option<Stdio>; 3] {
        [Some(Stdio::null()), Some(Stdio::piped()), Some(Stdio::piped())]
    }

    pub(crate) fn start(&self, otherwise: &[Option<Stdio>; 3]) -> Result<Child> {
        let config = self.config(otherwise)?;
        let mut options = sys::ctr_spawn_options::INIT;
        options.cancel_fd = self.cancel.as_ref().map_or(0, |fd| fd.as_raw_fd());
        let handle = match &self.inside {
            None => Handle::spawn(&config, &options)?,
            Some(Inside(container)) => container.exec(&config, &options)?,
        };
        let captured = [1, 2].map(|number: usize| {
            let stream = self.streams[number].as_ref().or(otherwise[number].as_ref());
            matches!(stream, Some(Stdio(Kind::Captured)))
        });
        Ok(Child::new(handle, captured))
    }

    fn config(&self, otherwise: &[Option<Stdio>; 3]) -> Result<Config> {
        let config = Config::new(&self.settings)?;
        config.set_command(&c_strings("ctr_config_set_command", &self.words)?);
        for (number, (stream, otherwise)) in self.streams.iter().zip(otherwise).enumerate() {
            if let Some(stream) = stream.as_ref().or(otherwise.as_ref()) {
                stream.set(&config, number as c_int)?;
            }
        }
        Ok(config)
    }

    /// What would be done, one operation per line, without running anything.
    pub fn explain(&self) -> Result<String> {
        self.explained(sys::ctr_explain_text)
    }

    /// The same as JSON.
    pub fn explain_json(&self) -> Result<String> {
        self.explained(sys::ctr_explain)
    }

    fn explained(&self, explain: Explain) -> Result<String> {
        let config = self.config(&[None, None, None])?;
        let mut raw: *mut c_char = null_mut();
        // SAFETY: the config is live, and the text is given away.
        attempt(|error| unsafe { explain(config.as_ptr(), &mut raw, error) })?;
        Ok(unsafe { taken_text(raw) })
    }
}

type Explain = unsafe extern "C" fn(*const sys::ctr_config, *mut *mut c_char, *mut *mut sys::ctr_error) -> c_int;
