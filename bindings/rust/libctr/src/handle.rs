// SPDX-License-Identifier: MIT
//! A container of the library: every call of the C interface that takes one.

use std::ffi::{CStr, OsString};
use std::os::raw::c_int;
use std::os::unix::io::{BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{null_mut, NonNull};
use std::sync::Arc;

use libctr_sys as sys;

use crate::error::{attempt, text, words, Result};
use crate::settings::Config;

/// Frees the container when the last owner drops it. A further command owns the container that it runs in, because the
/// C interface wants it freed first.
pub(crate) struct Handle {
    raw: NonNull<sys::ctr_container>,
    _inside: Option<Arc<Handle>>,
}

// SAFETY: the header allows every function on a container in any thread, and beside others. Two are exceptions:
// ctr_container_detach() and ctr_container_take_stdio(), which only a `Child` calls that nobody else has.
unsafe impl Send for Handle {}
unsafe impl Sync for Handle {}

impl Handle {
    pub fn spawn(config: &Config, options: &sys::ctr_spawn_options) -> Result<Arc<Self>> {
        // SAFETY: config and options are live for the call, and hold live descriptors.
        Self::started(None, |ret, error| unsafe {
            sys::ctr_spawn_with(config.as_ptr(), options, ret, error)
        })
    }

    pub fn exec(self: &Arc<Self>, config: &Config, options: &sys::ctr_spawn_options) -> Result<Arc<Self>> {
        // SAFETY: likewise, and so is the container.
        Self::started(Some(self.clone()), |ret, error| unsafe {
            sys::ctr_exec(self.as_ptr(), config.as_ptr(), options, ret, error)
        })
    }

    fn started(
        inside: Option<Arc<Self>>,
        start: impl FnOnce(*mut *mut sys::ctr_container, *mut *mut sys::ctr_error) -> c_int,
    ) -> Result<Arc<Self>> {
        let mut raw = null_mut();
        attempt(|error| start(&mut raw, error))?;
        let raw = NonNull::new(raw).expect("a start that succeeds gives a container");
        Ok(Arc::new(Self { raw, _inside: inside }))
    }

    /// The running or ended container of a name.
    pub fn open(directory: &CStr, name: &CStr, flags: u64) -> Result<Arc<Self>> {
        // SAFETY: both texts end with NUL.
        Self::started(None, |ret, error| unsafe {
            sys::ctr_open(directory.as_ptr(), name.as_ptr(), flags, ret, error)
        })
    }

    fn as_ptr(&self) -> *mut sys::ctr_container {
        self.raw.as_ptr()
    }

    pub fn wait(&self, timeout_ms: c_int) -> Result<sys::ctr_result> {
        let mut result = sys::ctr_result::INIT;
        // SAFETY: the container is live, and the result has its size.
        attempt(|error| unsafe { sys::ctr_wait(self.as_ptr(), timeout_ms, &mut result, error) })?;
        Ok(result)
    }

    pub fn kill(&self, signal: c_int, which: u32) -> Result<()> {
        // SAFETY: the container is live.
        attempt(|error| unsafe { sys::ctr_kill(self.as_ptr(), signal, which, error) })
    }

    pub fn resize(&self, rows: u32, columns: u32) -> Result<()> {
        // SAFETY: the container is live.
        attempt(|error| unsafe { sys::ctr_resize(self.as_ptr(), rows, columns, error) })
    }

    pub fn next_event(&self) -> Result<sys::ctr_event> {
        let mut event = sys::ctr_event::INIT;
        // SAFETY: the container is live, and the event has its size.
        attempt(|error| unsafe { sys::ctr_next_event(self.as_ptr(), &mut event, error) })?;
        Ok(event)
    }

    /// Copies what is captured from `offset` on into the buffer.
    pub fn output(&self, number: c_int, offset: u64, buffer: &mut [u8]) -> Result<sys::ctr_output> {
        let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
        let mut output = sys::ctr_output::INIT;
        // SAFETY: the container is live, the buffer as long as is said, and the output has its size.
        attempt(|error| unsafe {
            sys::ctr_container_output(self.as_ptr(), number, offset, start, length, &mut output, error)
        })?;
        Ok(output)
    }

    pub fn pause(&self) -> Result<()> {
        // SAFETY: the container is live.
        attempt(|error| unsafe { sys::ctr_pause(self.as_ptr(), error) })
    }

    pub fn resume(&self) -> Result<()> {
        // SAFETY: the container is live.
        attempt(|error| unsafe { sys::ctr_resume(self.as_ptr(), error) })
    }

    pub fn info(&self) -> Result<sys::ctr_info> {
        let mut info = sys::ctr_info::INIT;
        // SAFETY: the container is live, and the information has its size.
        attempt(|error| unsafe { sys::ctr_container_info(self.as_ptr(), &mut info, error) })?;
        Ok(info)
    }

    pub fn name(&self) -> String {
        // SAFETY: the container is live, and its name a C string.
        unsafe { text(sys::ctr_container_name(self.as_ptr())) }
    }

    pub fn command(&self) -> Vec<OsString> {
        // SAFETY: the container is live, and its words C strings up to a NULL.
        unsafe { words(sys::ctr_container_command(self.as_ptr())) }
    }

    /// A pidfd, which is readable when the container has ended; of one that had ended when it was opened, its channel,
    /// which is readable as well.
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        // SAFETY: the container is live, and has it open for as long.
        match unsafe { sys::ctr_container_pidfd(self.as_ptr()) } {
            fd if fd >= 0 => unsafe { BorrowedFd::borrow_raw(fd) },
            _ => self.event_fd(),
        }
    }

    pub fn event_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: likewise.
        unsafe { BorrowedFd::borrow_raw(sys::ctr_container_event_fd(self.as_ptr())) }
    }

    pub fn terminal(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the container is live, and has the terminal open for as long, if it has one.
        let fd = unsafe { sys::ctr_container_terminal(self.as_ptr()) };
        (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    pub fn seccomp_fd(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the container is live, and has the descriptor open for as long, if it has one.
        let fd = unsafe { sys::ctr_container_seccomp_fd(self.as_ptr()) };
        (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// The host's end of a pipe. Only for a handle that nobody else uses yet.
    pub fn take_stdio(&self, number: c_int) -> Option<OwnedFd> {
        // SAFETY: the container is live, and gives the descriptor away.
        let fd = unsafe { sys::ctr_container_take_stdio(self.as_ptr(), number) };
        (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
    }

    pub fn report(&self) -> String {
        // SAFETY: the container is live, and its report a C string.
        unsafe { text(sys::ctr_container_report(self.as_ptr())) }
    }

    pub fn notice(&self, index: u32) -> Option<String> {
        // SAFETY: the container is live, and a notice a C string or NULL.
        let raw = unsafe { sys::ctr_container_notice(self.as_ptr(), index) };
        (!raw.is_null()).then(|| unsafe { text(raw) })
    }

    /// Only by whoever is the last to use the `Child`.
    pub fn detach(&self) {
        // SAFETY: the container is live. It fails for NULL only.
        let _ = unsafe { sys::ctr_container_detach(self.as_ptr()) };
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is freed once, here; the container that it runs in is dropped after it.
        unsafe { sys::ctr_container_free(self.as_ptr()) }
    }
}
