// SPDX-License-Identifier: MIT
//! Settings are recorded calls of the C interface: a description can be copied, and is made into a config of the
//! library when something is started.

use std::alloc::{handle_alloc_error, Layout};
use std::ffi::{CString, OsStr, OsString};
use std::fmt;
use std::os::raw::{c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsFd, AsRawFd, OwnedFd};
use std::ptr::{null, NonNull};
use std::sync::Arc;
use std::time::Duration;

use libctr_sys as sys;

use crate::error::{Error, Result};

/// A function of the C interface and its name, which errors tell.
pub(crate) struct Setter<F> {
    pub name: &'static str,
    pub call: F,
}

/// `setter!(ctr_config_set_rootfs)`
macro_rules! setter {
    ($name:ident) => {
        $crate::settings::Setter {
            name: stringify!($name),
            call: libctr_sys::$name,
        }
    };
}
pub(crate) use setter;

type Call = Arc<dyn Fn(*mut sys::ctr_config) -> c_int + Send + Sync>;
type TextSetter = Setter<unsafe extern "C" fn(*mut sys::ctr_config, *const c_char) -> c_int>;
pub(crate) type NumberSetter = Setter<unsafe extern "C" fn(*mut sys::ctr_config, u32) -> c_int>;
type SignedSetter = Setter<unsafe extern "C" fn(*mut sys::ctr_config, i32) -> c_int>;
type LongSetter = Setter<unsafe extern "C" fn(*mut sys::ctr_config, u64) -> c_int>;

/// The calls in their order. The first argument that cannot be handed to the library at all is kept, and told when
/// something is started, as the library does it with wrong values.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    calls: Vec<Call>,
    variables: Vec<(CString, CString)>,
    fault: Option<Error>,
}

impl Settings {
    /// Records a call with arguments of its own. The call must not keep `config`.
    pub fn record(&mut self, call: impl Fn(*mut sys::ctr_config) -> c_int + Send + Sync + 'static) {
        self.calls.push(Arc::new(call));
    }

    pub fn text(&mut self, setter: TextSetter, value: impl AsRef<OsStr>) {
        let call = setter.call;
        if let Some(value) = self.c_string(setter.name, value.as_ref()) {
            // SAFETY: the config is live and the text ends with NUL.
            self.record(move |config| unsafe { call(config, value.as_ptr()) });
        }
    }

    pub fn number(&mut self, setter: NumberSetter, value: u32) {
        // SAFETY: the config is live.
        self.record(move |config| unsafe { (setter.call)(config, value) });
    }

    pub fn signed(&mut self, setter: SignedSetter, value: i32) {
        // SAFETY: the config is live.
        self.record(move |config| unsafe { (setter.call)(config, value) });
    }

    pub fn long(&mut self, setter: LongSetter, value: u64) {
        // SAFETY: the config is live.
        self.record(move |config| unsafe { (setter.call)(config, value) });
    }

    /// Milliseconds, rounded up: a duration that became 0 would mean none at all.
    pub fn duration(&mut self, setter: LongSetter, value: Duration) {
        let milliseconds = (value.as_nanos() + 999_999) / 1_000_000;
        self.long(setter, u64::try_from(milliseconds).unwrap_or(u64::MAX));
    }

    pub fn variable(&mut self, name: &OsStr, value: &OsStr) {
        let call = "ctr_config_add_env";
        if let (Some(name), Some(value)) = (self.c_string(call, name), self.c_string(call, value)) {
            self.variables.push((name, value));
        }
    }

    pub fn clear_variables(&mut self) {
        self.variables.clear();
        self.number(setter!(ctr_config_set_env_base), sys::CTR_ENV_EMPTY);
    }

    pub fn c_string(&mut self, call: &str, value: &OsStr) -> Option<CString> {
        let converted = c_string(call, value);
        self.keep_fault(converted)
    }

    /// A text, or what the C interface takes as NULL.
    pub fn optional_c_string(&mut self, call: &str, value: Option<&OsStr>) -> Option<OptionalText> {
        match value {
            Some(value) => self.c_string(call, value).map(|text| OptionalText(Some(text))),
            None => Some(OptionalText(None)),
        }
    }

    /// Keeps an error to be told when something is started.
    pub fn fail(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// A descriptor of one's own, for as long as the description lives.
    pub fn descriptor(&mut self, call: &str, fd: impl AsFd) -> Option<Arc<OwnedFd>> {
        let copied = fd.as_fd().try_clone_to_owned();
        let copied = copied.map_err(|error| Error::of_io(call, "the descriptor cannot be duplicated", &error));
        self.keep_fault(copied.map(Arc::new))
    }

    fn keep_fault<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.fail(error)).ok()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} settings, {} variables", self.calls.len(), self.variables.len())
    }
}

pub(crate) struct OptionalText(Option<CString>);

impl OptionalText {
    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(null(), |text| text.as_ptr())
    }
}

pub(crate) fn c_string(call: &str, value: &OsStr) -> Result<CString> {
    CString::new(value.as_bytes()).map_err(|_| Error::invalid(call, value, "the text contains a NUL byte"))
}

/// A config of the library.
pub(crate) struct Config(NonNull<sys::ctr_config>);

impl Config {
    /// Makes the recorded calls. What the library finds wrong with their arguments is the error of what is done next.
    pub fn new(settings: &Settings) -> Result<Self> {
        if let Some(fault) = &settings.fault {
            return Err(fault.clone());
        }
        // SAFETY: it can always be called.
        let raw = NonNull::new(unsafe { sys::ctr_config_new() });
        let config = Self(raw.unwrap_or_else(|| handle_alloc_error(Layout::new::<usize>())));
        for call in &settings.calls {
            config.done(call(config.as_ptr()));
        }
        for (name, value) in &settings.variables {
            // SAFETY: the config is live and the texts end with NUL.
            config.done(unsafe { sys::ctr_config_add_env(config.as_ptr(), name.as_ptr(), value.as_ptr()) });
        }
        Ok(config)
    }

    /// The config keeps a wrong value in mind; memory that ran out it cannot.
    pub fn done(&self, code: c_int) {
        const ENOMEM: c_int = 12;
        if code == -ENOMEM {
            handle_alloc_error(Layout::new::<usize>());
        }
    }

    pub fn set_command(&self, words: &[CString]) {
        let pointers: Vec<*const c_char> = words.iter().map(|word| word.as_ptr()).chain([null()]).collect();
        // SAFETY: the config is live and the list ends with NULL.
        self.done(unsafe { sys::ctr_config_set_command(self.as_ptr(), pointers.as_ptr()) });
    }

    pub fn set_stdio(&self, number: c_int, kind: u32, fd: Option<&OwnedFd>) {
        let fd = fd.map_or(-1, AsRawFd::as_raw_fd);
        // SAFETY: the config is live.
        self.done(unsafe { sys::ctr_config_set_stdio(self.as_ptr(), number, kind, fd) });
    }

    pub fn set_stdio_file(&self, number: c_int, path: &CString, flags: u64) {
        // SAFETY: the config is live and the path ends with NUL.
        self.done(unsafe { sys::ctr_config_set_stdio_file(self.as_ptr(), number, path.as_ptr(), flags) });
    }

    pub fn as_ptr(&self) -> *mut sys::ctr_config {
        self.0.as_ptr()
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: it is freed once, here.
        unsafe { sys::ctr_config_free(self.as_ptr()) }
    }
}

/// Words that are NUL-terminated, or the first error.
pub(crate) fn c_strings(call: &str, words: &[OsString]) -> Result<Vec<CString>> {
    words.iter().map(|word| c_string(call, word)).collect()
}
