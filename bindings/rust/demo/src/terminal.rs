// SPDX-License-Identifier: MIT
//! The caller's terminal in front of the container's own: raw while it is passed through, and as it was afterwards.

use std::os::raw::c_int;
use std::os::unix::io::{AsRawFd, RawFd};

use libctr::Child;

use crate::kernel::{poll_each, Signals, Watched, SIGCONT, SIGHUP, SIGWINCH};
use crate::tty::{
    is_in_background, modes, read_from, set_modes, set_nonblocking, size_of_callers, write_to, Modes, Moved,
};

const SLICE: usize = 1024; // of output: poll(2) promises some room, not how much
const MOST_PENDING: usize = 256 * 1024; // more than a terminal holds
const RETRY_MS: c_int = 50;
const SECOND_LOOK_MS: c_int = 200;
const USUAL_END_OF_FILE: u8 = 4; // Ctrl-D

/// A terminal on standard input, raw from `enter` on.
#[derive(Default)]
struct RawInput {
    before: Option<Modes>,
    raw: bool,
}

impl RawInput {
    fn enter(&mut self) {
        // What was before is looked at once: a shell that continues this program may have modes of its own.
        self.before = self.before.or_else(|| modes(0));
        if let Some(before) = self.before {
            set_modes(0, &before.raw());
            self.raw = true;
        }
    }

    fn restore(&mut self) {
        if let Some(before) = self.before.filter(|_| self.raw && !is_in_background()) {
            set_modes(0, &before);
        }
        self.raw = false;
    }
}

impl Drop for RawInput {
    fn drop(&mut self) {
        self.restore();
    }
}

/// What goes through the terminal of a container, both ways.
pub struct Terminal<'a> {
    child: &'a Child,
    master: RawFd,
    signals: Signals,
    raw: RawInput,
    input_open: bool,
    input_ended: bool, // which was passed on, while the line discipline was
    canonical: bool,   // this
    line_begun: bool,  // what was typed last does not end a line
    hung_up: bool,     // nobody inside has the terminal open just now
    output_lost: bool, // nobody reads standard output any more
    typed: Vec<u8>,
    shown: Vec<u8>,
}

impl<'a> Terminal<'a> {
    pub fn new(child: &'a Child, interactive: bool) -> std::io::Result<Self> {
        let mut terminal = Self {
            child,
            master: child.terminal().map_or(-1, |fd| fd.as_raw_fd()),
            signals: Signals::block_those_of_terminals()?,
            raw: RawInput::default(),
            input_open: interactive,
            input_ended: false,
            canonical: false,
            line_begun: false,
            hung_up: false,
            output_lost: false,
            typed: Vec::new(),
            shown: Vec::new(),
        };
        set_nonblocking(terminal.master);
        terminal.resize(); // it may have changed since the container was described
        match interactive {
            true => terminal.raw.enter(),
            false => terminal.end_input(),
        }
        Ok(terminal)
    }

    fn resize(&self) {
        if let Some((rows, columns)) = size_of_callers() {
            let _ = self.child.resize(rows, columns); // a size is no reason to end anything
        }
    }

    /// For poll(2); what there is nothing to wait for is left out.
    pub fn watched(&self) -> [Watched; 4] {
        let reads_input = self.input_open && self.typed.is_empty();
        let master = if self.hung_up { -1 } else { self.master };
        [
            Watched::readable(self.signals.descriptor().as_raw_fd()),
            Watched::readable(if reads_input { 0 } else { -1 }),
            Watched::either(master, self.shown.is_empty(), !self.typed.is_empty()),
            Watched::either(if self.shown.is_empty() { -1 } else { 1 }, false, true),
        ]
    }

    pub fn patience_ms(&self) -> c_int {
        match (self.hung_up, self.input_ended) {
            (true, _) => RETRY_MS,
            (_, true) => SECOND_LOOK_MS,
            _ => -1,
        }
    }

    /// After poll(2): passes on what can be passed on at once.
    pub fn serve(&mut self, ready: &[bool]) {
        if ready[0] {
            let arrived = self.signals.taken();
            arrived.into_iter().for_each(|signal| self.take_signal(signal));
        }
        if ready[1] {
            self.read_input();
        }
        if !self.typed.is_empty() {
            self.write_input();
        }
        if ready[3] {
            self.write_output();
        }
        if self.shown.is_empty() {
            self.read_output(); // waits for nothing; more is left to the next poll
        }
        if self.input_ended && self.typed.is_empty() && self.end_of_file().is_some() != self.canonical {
            self.end_input(); // a mark that was set in one mode is nothing in another
        }
    }

    fn take_signal(&mut self, signal: c_int) {
        if signal != SIGWINCH {
            self.raw.restore();
            if signal != SIGCONT {
                Signals::let_through(signal);
            }
            if self.input_open {
                self.raw.enter();
            }
        }
        self.resize();
    }

    fn read_input(&mut self) {
        let mut bytes = [0; 4096];
        match read_from(0, &mut bytes) {
            Moved::Later => {}
            Moved::Some(count) if count > 0 => {
                self.typed = bytes[..count].to_vec();
                self.line_begun = bytes[count - 1] != b'\n';
            }
            _ => {
                self.input_open = false;
                self.end_input();
            }
        }
    }

    fn end_of_file(&self) -> Option<u8> {
        modes(self.master).and_then(|modes| modes.end_of_file())
    }

    /// Whoever reads lines sees the end by the character that means it, which behind half a line only ends that.
    fn end_input(&mut self) {
        let mark = self.end_of_file();
        self.canonical = mark.is_some();
        let times = if self.canonical && self.line_begun { 2 } else { 1 };
        self.typed.extend(vec![mark.unwrap_or(USUAL_END_OF_FILE); times]);
        self.line_begun = false;
        self.input_ended = true;
    }

    fn write_input(&mut self) {
        match write_to(self.master, &self.typed) {
            Moved::Some(count) => drop(self.typed.drain(..count)),
            Moved::Later => {}
            Moved::Never => self.typed.clear(), // nobody is there to type to
        }
    }

    /// Tells whether there was anything.
    fn read_output(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let got = read_from(self.master, &mut bytes);
        self.hung_up = matches!(got, Moved::Some(0) | Moved::Never);
        match got {
            Moved::Some(count) if !self.output_lost => self.shown = bytes[..count].to_vec(),
            _ => {}
        }
        matches!(got, Moved::Some(1..))
    }

    /// A reader that is gone is the terminal's end for the command, as it is SIGPIPE without a terminal.
    fn write_output(&mut self) {
        let slice = self.shown.len().min(SLICE);
        match write_to(1, &self.shown[..slice]) {
            Moved::Some(count) => drop(self.shown.drain(..count)),
            Moved::Later => {}
            Moved::Never => {
                self.output_lost = true;
                self.shown.clear();
                let _ = self.child.signal(SIGHUP); // it may have ended
            }
        }
    }

    /// When the container has ended: what was shown before. A descendant that was left running may show more for ever, so
    /// it is bounded by what fits. Gives up where there is a signal while nobody reads.
    pub fn finish(mut self, stop: &Signals) {
        let mut taken = 0;
        loop {
            while !self.shown.is_empty() {
                let stop = Watched::readable(stop.descriptor().as_raw_fd());
                match poll_each([Watched::either(1, false, true), stop], -1) {
                    [true, _] => self.write_output(),
                    [_, true] => return,
                    _ => {}
                }
            }
            if taken >= MOST_PENDING || !self.read_output() {
                return;
            }
            taken += self.shown.len();
        }
    }
}
