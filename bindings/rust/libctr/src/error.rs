// SPDX-License-Identifier: MIT
//! What failed, on what, why, and what to do.

use std::ffi::{CStr, OsStr, OsString};
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::{fmt, io, ptr};

use libctr_sys as sys;

/// The result of what can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The description or an argument is wrong: change it.
    Invalid,
    /// Something that the description names does not exist.
    NotFound,
    /// The host forbids it: see [`Error::hint`].
    Denied,
    /// The kernel or the host lacks it.
    Unsupported,
    /// A limit of the host was reached; also limits on namespaces.
    Limit,
    /// The command, its loader or its interpreter is missing.
    NoCommand,
    /// The command exists and cannot be executed.
    NotExecutable,
    /// A deadline passed.
    TimedOut,
    /// Memory ran out.
    NoMemory,
    /// The container has ended already.
    Ended,
    /// The container vanished without a word, or was killed.
    Lost,
    /// Another system call failed: see [`Error::step`], [`Error::errno`] and [`Error::subject`].
    Failed,
    /// The caller gave the start up.
    Cancelled,
    /// Not yet, or not while it is paused: ask again later.
    Again,
    /// It is there already: choose another name, or remove it.
    Exists,
}

impl ErrorKind {
    fn of(code: c_int) -> Self {
        match code {
            sys::CTR_ERR_INVALID => Self::Invalid,
            sys::CTR_ERR_NOT_FOUND => Self::NotFound,
            sys::CTR_ERR_DENIED => Self::Denied,
            sys::CTR_ERR_UNSUPPORTED => Self::Unsupported,
            sys::CTR_ERR_LIMIT => Self::Limit,
            sys::CTR_ERR_NO_COMMAND => Self::NoCommand,
            sys::CTR_ERR_NOT_EXECUTABLE => Self::NotExecutable,
            sys::CTR_ERR_TIMED_OUT => Self::TimedOut,
            sys::CTR_ERR_NO_MEMORY => Self::NoMemory,
            sys::CTR_ERR_ENDED => Self::Ended,
            sys::CTR_ERR_LOST => Self::Lost,
            sys::CTR_ERR_CANCELLED => Self::Cancelled,
            sys::CTR_ERR_AGAIN => Self::Again,
            sys::CTR_ERR_EXISTS => Self::Exists,
            _ => Self::Failed,
        }
    }

    /// The nearest kind of an [`io::Error`].
    fn of_io(self) -> io::ErrorKind {
        match self {
            Self::Invalid => io::ErrorKind::InvalidInput,
            Self::NotFound | Self::NoCommand => io::ErrorKind::NotFound,
            Self::Denied | Self::NotExecutable => io::ErrorKind::PermissionDenied,
            Self::Unsupported => io::ErrorKind::Unsupported,
            Self::TimedOut => io::ErrorKind::TimedOut,
            Self::NoMemory => io::ErrorKind::OutOfMemory,
            Self::Lost => io::ErrorKind::BrokenPipe,
            Self::Again => io::ErrorKind::WouldBlock,
            Self::Exists => io::ErrorKind::AlreadyExists,
            Self::Limit | Self::Ended | Self::Failed | Self::Cancelled => io::ErrorKind::Other,
        }
    }
}

/// The story of a failure.
///
/// [`Display`](fmt::Display) tells it in one line; [`hint`](Error::hint) is advice for a person.
///
/// ```
/// use libctr::{Command, ErrorKind};
///
/// let error = Command::new("/no/such/command").status().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NoCommand);
/// assert_eq!(error.step(), "exec");
/// assert_eq!(error.subject(), "/no/such/command");
/// ```
#[derive(Clone)]
pub struct Error(Box<Story>);

#[derive(Clone)]
struct Story {
    kind: ErrorKind,
    step: String,
    errno: c_int,
    subject: OsString,
    call: String,
    index: c_int,
    message: String,
    hint: String,
    json: String,
}

impl Error {
    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stage that failed, such as `validate`, `mount`, `identity` or `exec`.
    pub fn step(&self) -> &str {
        &self.0.step
    }

    /// The errno of the system call that failed, where one did.
    pub fn errno(&self) -> Option<i32> {
        Some(self.0.errno).filter(|errno| *errno != 0)
    }

    /// The path, range of ids or option that the error is about; empty where there is none.
    pub fn subject(&self) -> &OsStr {
        &self.0.subject
    }

    /// The function of the C interface that gave the subject, such as `ctr_add_mount`; empty where there is none.
    pub fn call(&self) -> &str {
        &self.0.call
    }

    /// Which call of that function it was, counted from zero.
    pub fn index(&self) -> Option<usize> {
        usize::try_from(self.0.index).ok()
    }

    /// What went wrong: one lower-case sentence fragment without the text of the errno.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What a person should try next; empty where there is no advice.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }

    /// All of it as one JSON object; empty for an error that the library itself has not seen, such as a NUL byte.
    pub fn to_json(&self) -> &str {
        &self.0.json
    }

    /// An error of this crate: something that could not even be handed to the library.
    pub(crate) fn invalid(call: &str, subject: &OsStr, message: &str) -> Self {
        Self::new(ErrorKind::Invalid, call, subject, message, 0)
    }

    pub(crate) fn of_io(call: &str, message: &str, error: &io::Error) -> Self {
        Self::new(
            ErrorKind::Failed,
            call,
            OsStr::new(""),
            message,
            error.raw_os_error().unwrap_or(0),
        )
    }

    fn new(kind: ErrorKind, call: &str, subject: &OsStr, message: &str, errno: c_int) -> Self {
        Self(Box::new(Story {
            kind,
            step: "validate".to_owned(),
            errno,
            subject: subject.to_owned(),
            call: call.to_owned(),
            index: -1,
            message: message.to_owned(),
            hint: String::new(),
            json: String::new(),
        }))
    }

    /// Takes an error from the library; `code` is what the function returned, should memory not suffice for a story.
    ///
    /// # Safety
    /// `raw` is NULL or an error that nobody else frees.
    unsafe fn take(raw: *mut sys::ctr_error, code: c_int) -> Self {
        if raw.is_null() {
            let no_memory = -code == errno_of::ENOMEM;
            let kind = if no_memory {
                ErrorKind::NoMemory
            } else {
                ErrorKind::Failed
            };
            return Self::new(kind, "", OsStr::new(""), "the library failed without a story", -code);
        }
        let story = Story {
            kind: ErrorKind::of(sys::ctr_error_code(raw)),
            step: text(sys::ctr_error_step(raw)),
            errno: sys::ctr_error_errno(raw),
            subject: OsStr::from_bytes(CStr::from_ptr(sys::ctr_error_subject(raw)).to_bytes()).to_owned(),
            call: text(sys::ctr_error_call(raw)),
            index: sys::ctr_error_index(raw),
            message: text(sys::ctr_error_message(raw)),
            hint: text(sys::ctr_error_hint(raw)),
            json: taken_text(sys::ctr_error_to_json(raw)),
        };
        sys::ctr_error_free(raw);
        Self(Box::new(story))
    }
}

mod errno_of {
    pub const ENOSPC: i32 = 28;
    pub const ENOMEM: i32 = 12;
}

/// A text of the library, which stays its own.
///
/// # Safety
/// `raw` is a C string.
pub(crate) unsafe fn text(raw: *const c_char) -> String {
    CStr::from_ptr(raw).to_string_lossy().into_owned()
}

/// Texts of the library up to a NULL; none for NULL itself.
///
/// # Safety
/// `raw` is NULL, or a list of C strings that ends with NULL.
pub(crate) unsafe fn words(raw: *const *const c_char) -> Vec<OsString> {
    let mut words = Vec::new();
    while !raw.is_null() && !(*raw.add(words.len())).is_null() {
        words.push(OsStr::from_bytes(CStr::from_ptr(*raw.add(words.len())).to_bytes()).to_owned());
    }
    words
}

/// A text that the library gave away; empty for NULL.
///
/// # Safety
/// `raw` is NULL, or a C string made by malloc(3) that nobody else frees.
pub(crate) unsafe fn taken_text(raw: *mut c_char) -> String {
    let copy = if raw.is_null() { String::new() } else { text(raw) };
    free(raw.cast());
    copy
}

extern "C" {
    /// Releases what the library gave away and made by malloc(3).
    pub(crate) fn free(memory: *mut c_void);
}

/// Calls a function of the library that hands out its error by a last argument.
pub(crate) fn attempt(call: impl FnOnce(*mut *mut sys::ctr_error) -> c_int) -> Result<()> {
    let mut raw = ptr::null_mut();
    match call(&mut raw) {
        0 => Ok(()),
        // SAFETY: the library has just handed it out, or left it NULL.
        code => Err(unsafe { Error::take(raw, code) }),
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut story = f.debug_struct("Error");
        story
            .field("kind", &self.kind())
            .field("step", &self.step())
            .field("errno", &self.errno());
        story
            .field("subject", &self.subject())
            .field("call", &self.call())
            .field("index", &self.index());
        story
            .field("message", &self.message())
            .field("hint", &self.hint())
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step(), self.message())?;
        let subject = self.subject().to_string_lossy();
        if !subject.is_empty() && !self.message().contains(&*subject) {
            write!(f, " {:?}", subject)?;
        }
        match self.errno() {
            // A limit on namespaces is ENOSPC, and its text would speak of a full disk.
            Some(errno_of::ENOSPC) if self.kind() == ErrorKind::Limit => Ok(()),
            Some(errno) => write!(f, ": {}", io::Error::from_raw_os_error(errno)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Keeps the whole story: [`io::Error::get_ref`] gives it back.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        io::Error::new(error.kind().of_io(), error)
    }
}
