// SPDX-License-Identifier: MIT
//! --name, --detach, --rm, --log-size, --state-dir, and the options of the commands that take names.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use libctr::{Keep, Names, Stdio};

use crate::apply::Done;
use crate::options::Use;
use crate::problem::{Problem, USAGE};
use crate::setup::Setup;
use crate::values::{duration, number, size};

/// What is said to the commands that take names.
#[derive(Default)]
pub struct OfNames {
    pub all: bool,
    pub force: bool,
    pub follow: bool,
    pub signal: Option<i32>,
    pub grace: Option<Duration>,
}

const SIGNALS: &str =
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN \
                       TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

pub fn name(setup: &mut Setup, used: &Use) -> Done {
    setup.name = Some(used.value.clone()).filter(|name| !name.is_empty());
    setup.name.as_ref().map(drop).ok_or_else(|| used.bad("not a name"))
}

pub fn detach(setup: &mut Setup, used: &Use) -> Done {
    setup.detach = true;
    setup.for_call("ctr_config_set_host_death", used).survives_host(true);
    Ok(())
}

pub fn rm(setup: &mut Setup, _: &Use) -> Done {
    setup.name_goes = true;
    Ok(())
}

pub fn log_size(setup: &mut Setup, used: &Use) -> Done {
    let bytes = size(&used.text()).ok_or_else(|| used.bad("not a size"))?;
    setup
        .for_call("ctr_config_set_capture_limit", used)
        .capture_limit(bytes);
    Ok(())
}

pub fn state_dir(setup: &mut Setup, used: &Use) -> Done {
    setup.state_directory = Some(PathBuf::from(&used.value));
    match used.value.is_empty() {
        true => Err(used.bad("not a directory")),
        false => Ok(()),
    }
}

pub fn all(setup: &mut Setup, _: &Use) -> Done {
    setup.of_names.all = true;
    Ok(())
}

pub fn force(setup: &mut Setup, _: &Use) -> Done {
    setup.of_names.force = true;
    Ok(())
}

pub fn follow(setup: &mut Setup, _: &Use) -> Done {
    setup.of_names.follow = true;
    Ok(())
}

pub fn signal(setup: &mut Setup, used: &Use) -> Done {
    let text = used.text();
    let named = SIGNALS
        .split_whitespace()
        .position(|name| name == text.trim_start_matches("SIG"));
    let given = named.map(|at| at as i32 + 1).or_else(|| number(&text));
    setup.of_names.signal = given.filter(|signal| (1..=64).contains(signal));
    setup.of_names.signal.map(drop).ok_or_else(|| used.bad("not a signal"))
}

pub fn grace(setup: &mut Setup, used: &Use) -> Done {
    setup.of_names.grace = duration(&used.text());
    setup.of_names.grace.map(drop).ok_or_else(|| used.bad("not a duration"))
}

/// As a container that nobody gave a name is called.
fn made_up_name() -> OsString {
    let mut bytes = [0; 6];
    let _ = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)); // a name that is taken is refused
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("c{digits}").into()
}

impl Setup {
    pub fn set_name(&mut self) -> Done {
        if self.detach && self.terminal.is_some() {
            let told = "a terminal ends with the command that it belongs to";
            return Err(Problem::new(USAGE, "detach", told));
        }
        if self.detach {
            self.container.capture_keep(Keep::Last);
        }
        if self.detach && self.name.is_none() {
            self.name = Some(made_up_name());
        }
        if let Some(name) = self.name.clone() {
            let directory = self.state_place();
            self.container.state_directory(directory);
            match self.name_goes {
                true => self.container.transient_name(name),
                false => self.container.name(name),
            };
        }
        Ok(())
    }

    /// What is detached has nobody to read from or to write to, unless it was told of somebody.
    pub fn chosen_streams(&mut self) -> [Option<Stdio>; 3] {
        let chosen = std::mem::take(&mut self.streams);
        if !self.detach {
            return chosen;
        }
        let [stdin, stdout, stderr] = chosen;
        [
            stdin.or_else(|| Some(Stdio::null())),
            stdout.or_else(|| Some(Stdio::captured())),
            stderr.or_else(|| Some(Stdio::captured())),
        ]
    }

    fn state_place(&self) -> PathBuf {
        if let Some(directory) = &self.state_directory {
            return std::env::current_dir().unwrap_or_default().join(directory);
        }
        if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR").filter(|runtime| Path::new(runtime).is_absolute()) {
            return Path::new(&runtime).join("ctr");
        }
        let user = std::fs::metadata("/proc/self").map_or(0, |process| process.uid());
        let usual = PathBuf::from(format!("/run/user/{user}"));
        match usual.is_dir() {
            true => usual.join("ctr"),
            false => PathBuf::from(format!("/tmp/ctr-{user}")),
        }
    }

    pub fn names(&self) -> Names {
        Names::in_directory(self.state_place())
    }
}
