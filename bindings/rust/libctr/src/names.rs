// SPDX-License-Identifier: MIT
//! Containers with a name: found again by any process of their user.

use std::ffi::{CString, OsStr, OsString};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use libctr_sys as sys;

use crate::child::{captured, Captured, Child};
use crate::error::{attempt, free, words, Result};
use crate::handle::Handle;
use crate::settings::c_string;

/// The state of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Its command was not executed yet.
    Starting,
    /// It runs.
    Running,
    /// It is [paused](Child::pause).
    Paused,
    /// It has ended; [`Child::outcome`] tells how.
    Ended,
    /// It ended without a record.
    Lost,
}

/// How [`Child::pause`] stops what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PauseMethod {
    /// It cannot be paused here.
    None,
    /// SIGSTOP to every process, which a parent inside can see.
    Signals,
    /// The freezer of its cgroup.
    Freezer,
}

/// What is known of a container.
#[derive(Clone, Copy, Debug)]
pub struct Info(sys::ctr_info);

impl Info {
    pub(crate) fn of(info: &sys::ctr_info) -> Self {
        Self(*info)
    }

    /// Its state.
    pub fn state(&self) -> State {
        match self.0.state {
            sys::CTR_STATE_STARTING => State::Starting,
            sys::CTR_STATE_RUNNING => State::Running,
            sys::CTR_STATE_PAUSED => State::Paused,
            sys::CTR_STATE_ENDED => State::Ended,
            _ => State::Lost,
        }
    }

    /// How a pause stops what runs in it.
    pub fn pause_method(&self) -> PauseMethod {
        match self.0.pause_method {
            sys::CTR_PAUSE_SIGNALS => PauseMethod::Signals,
            sys::CTR_PAUSE_FREEZER => PauseMethod::Freezer,
            _ => PauseMethod::None,
        }
    }

    /// The pid of its init, as the caller sees it; `None` where it has ended or was only looked at.
    pub fn init_pid(&self) -> Option<i32> {
        Some(self.0.pid).filter(|pid| *pid > 0)
    }

    /// When it was started; `None` without a name.
    pub fn created(&self) -> Option<SystemTime> {
        time(self.0.created_ns)
    }

    /// When it ended; `None` without a name, before the end, and where it is not known.
    pub fn ended(&self) -> Option<SystemTime> {
        time(self.0.ended_ns)
    }

    /// The same as the C interface has it.
    pub fn as_raw(&self) -> &sys::ctr_info {
        &self.0
    }
}

fn time(nanoseconds: u64) -> Option<SystemTime> {
    Some(nanoseconds)
        .filter(|time| *time != 0)
        .map(|time| SystemTime::UNIX_EPOCH + Duration::from_nanos(time))
}

/// The containers of a state directory.
///
/// ```
/// use libctr::{Container, Names, State};
///
/// let directory = std::env::temp_dir().join(format!("libctr-names-{}", std::process::id()));
/// let mut container = Container::new();
/// container.state_directory(&directory).name("first");
/// let child = container.command("sleep").arg("60").spawn()?;
///
/// let names = Names::in_directory(&directory);
/// assert_eq!(names.list()?, ["first"]);
/// let opened = names.open("first")?; // as any other process of the same user could
/// assert_eq!(opened.info()?.state(), State::Running);
/// opened.kill()?;
/// child.outcome()?;
/// names.remove("first")?;
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok::<(), libctr::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Names {
    directory: PathBuf,
}

impl Names {
    /// The names in this directory, an absolute path. One that does not exist holds none.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        Self {
            directory: directory.as_ref().to_owned(),
        }
    }

    /// The container of a name, running or ended. It is used like one that was started here, but for pipes and terminal;
    /// dropping it ends nothing but the further commands that were started by it.
    pub fn open(&self, name: impl AsRef<OsStr>) -> Result<Child> {
        self.handle(name.as_ref(), 0).map(Child::opened)
    }

    /// What was written down of a container, without asking its init, which may be stopped.
    pub fn look(&self, name: impl AsRef<OsStr>) -> Result<Record> {
        self.handle(name.as_ref(), sys::CTR_OPEN_LOOK).map(Record)
    }

    fn handle(&self, name: &OsStr, flags: u64) -> Result<Arc<Handle>> {
        Handle::open(&self.c_directory("ctr_open")?, &c_string("ctr_open", name)?, flags)
    }

    fn c_directory(&self, call: &str) -> Result<CString> {
        c_string(call, self.directory.as_os_str())
    }

    /// The names that are taken, in alphabetical order.
    pub fn list(&self) -> Result<Vec<OsString>> {
        let directory = self.c_directory("ctr_names")?;
        let mut raw = null_mut();
        // SAFETY: the text ends with NUL, and the list is given away.
        attempt(|error| unsafe { sys::ctr_names(directory.as_ptr(), &mut raw, error) })?;
        let names = unsafe { words(raw as *const *const _) };
        unsafe { free(raw.cast()) };
        Ok(names)
    }

    /// Frees the name of an ended container, and removes what was kept of it.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> Result<()> {
        let (directory, name) = (self.c_directory("ctr_remove")?, c_string("ctr_remove", name.as_ref())?);
        // SAFETY: both texts end with NUL.
        attempt(|error| unsafe { sys::ctr_remove(directory.as_ptr(), name.as_ptr(), error) })
    }
}

/// What was written down of a container with a name.
pub struct Record(Arc<Handle>);

impl Record {
    /// Its state.
    pub fn info(&self) -> Result<Info> {
        self.0.info().map(|info| Info::of(&info))
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// The words of its command.
    pub fn words(&self) -> Vec<OsString> {
        self.0.command()
    }

    /// What was captured of standard output (1) or error (2) so far.
    pub fn captured(&self, number: i32) -> Result<Captured> {
        captured(&self.0, number)
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Record").field(&self.name()).finish()
    }
}
