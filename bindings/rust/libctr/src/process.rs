// SPDX-License-Identifier: MIT
//! What is said of a process: in a container for all its commands, in a command for this one.

/// Limits of a process, as setrlimit(2) knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Resource {
    /// Seconds of processor time.
    Cpu = 0,
    /// Bytes of a file that is written.
    FileSize = 1,
    /// Bytes of the data segment.
    Data = 2,
    /// Bytes of the stack.
    Stack = 3,
    /// Bytes of a core dump.
    Core = 4,
    /// Bytes of resident memory; without effect today.
    Resident = 5,
    /// Processes of the user.
    Processes = 6,
    /// One more than the largest file descriptor.
    OpenFiles = 7,
    /// Bytes of locked memory.
    LockedMemory = 8,
    /// Bytes of address space.
    AddressSpace = 9,
    /// Locks of files.
    Locks = 10,
    /// Signals that wait.
    PendingSignals = 11,
    /// Bytes of message queues.
    MessageQueues = 12,
    /// The ceiling of the nice value.
    Nice = 13,
    /// The ceiling of the real-time priority.
    RealTimePriority = 14,
    /// Microseconds of real-time processor time without a system call that blocks.
    RealTime = 15,
}

/// Which bytes of a captured stream are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum Keep {
    /// Those from its start.
    First = libctr_sys::CTR_KEEP_FIRST,
    /// The last ones, as of a log.
    Last = libctr_sys::CTR_KEEP_LAST,
}

/// No limit, for [`Container::limit`](crate::Container::limit) and [`Command::limit`](crate::Command::limit).
pub const UNLIMITED: u64 = libctr_sys::CTR_RLIM_INFINITY;

/// The same methods for both, on their member `settings`.
macro_rules! process_settings {
    ($type:ty) => {
        /// The process: environment, directory, identity, limits, descriptors and deadlines. What a
        /// [`Container`](crate::Container) says holds for all its commands; what a [`Command`](crate::Command) says, for
        /// that one. The last call of a kind counts, the command's being later; what is added, adds up.
        impl $type {
            /// Sets an environment variable. The environment starts with PATH, HOME and TERM; nothing of the caller's
            /// environment is inherited.
            pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
                self.settings.variable(name.as_ref(), value.as_ref());
                self
            }

            /// Sets several environment variables.
            pub fn envs<N, V>(&mut self, variables: impl IntoIterator<Item = (N, V)>) -> &mut Self
            where
                N: AsRef<OsStr>,
                V: AsRef<OsStr>,
            {
                for (name, value) in variables {
                    self.env(name, value);
                }
                self
            }

            /// Forgets all variables that were set, and starts from an empty environment.
            pub fn env_clear(&mut self) -> &mut Self {
                self.settings.clear_variables();
                self
            }

            /// Sets the working directory, an absolute path inside the container that must exist there. Without it: the
            /// caller's own where it is visible under the same path inside, else `/`.
            pub fn current_dir(&mut self, path: impl AsRef<Path>) -> &mut Self {
                self.settings.text(setter!(ctr_config_set_cwd), path.as_ref());
                self
            }

            /// Sets the file mode creation mask; `0o022` by default.
            pub fn umask(&mut self, mask: u32) -> &mut Self {
                self.settings.number(setter!(ctr_config_set_umask), mask);
                self
            }

            /// Sets the user and group: `UID`, `UID:GID`, `NAME` or `NAME:GROUP`, names being those of the container's own
            /// passwd and group. Default `0`.
            pub fn user(&mut self, user: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_set_user), user);
                self
            }

            /// Adds a supplementary group, by number or by a name of the container's own group file.
            pub fn group(&mut self, group: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_add_group), group);
                self
            }

            /// Lets the process keep a capability of the container's user namespace, or `ALL`.
            pub fn capability(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_add_capability), name);
                self
            }

            /// Takes a capability from the process, or `ALL`.
            pub fn drop_capability(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_drop_capability), name);
                self
            }

            /// Sets whether exec may grant privileges, as setuid programs do; not by default.
            pub fn allow_new_privileges(&mut self, allowed: bool) -> &mut Self {
                let mode = if allowed {
                    sys::CTR_NEW_PRIVS_ALLOWED
                } else {
                    sys::CTR_NEW_PRIVS_REFUSED
                };
                self.settings.number(setter!(ctr_config_set_new_privs), mode);
                self
            }

            /// Sets which system calls may be made, by the name of a built-in profile: `default`, `build`, `strict`,
            /// `contained`, `crabcan` or `unconfined`. The last call of this and the two below wins.
            pub fn seccomp(&mut self, profile: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_set_seccomp), profile);
                self
            }

            /// Sets the system calls by a profile of the container engines' JSON format.
            pub fn seccomp_json(&mut self, json: impl AsRef<OsStr>) -> &mut Self {
                self.settings.text(setter!(ctr_config_set_seccomp_json), json);
                self
            }

            /// Sets the system calls by a program of classic BPF: instructions of 8 bytes.
            pub fn seccomp_bpf(&mut self, program: impl Into<Vec<u8>>) -> &mut Self {
                let program = program.into();
                // SAFETY: the config is live, and the program is as long as is said.
                self.settings.record(move |config| unsafe {
                    sys::ctr_config_set_seccomp_bpf(config, program.as_ptr().cast(), program.len())
                });
                self
            }

            /// Sets whether the caller answers the system calls that a filter asks about, by
            /// [`Child::seccomp_fd`](crate::Child::seccomp_fd).
            pub fn seccomp_listener(&mut self, listens: bool) -> &mut Self {
                let mode = if listens {
                    sys::CTR_SECCOMP_LISTENER_CALLER
                } else {
                    sys::CTR_SECCOMP_LISTENER_NONE
                };
                self.settings
                    .number(setter!(ctr_config_set_seccomp_listener), mode);
                self
            }

            /// Sets a resource limit; [`UNLIMITED`](crate::UNLIMITED) is none.
            pub fn limit(&mut self, resource: Resource, soft: u64, hard: u64) -> &mut Self {
                // SAFETY: the config is live.
                let set = move |config| unsafe { sys::ctr_config_add_rlimit(config, resource as i32, soft, hard) };
                self.settings.record(set);
                self
            }

            /// Passes a file descriptor in, as number `inside`, from 3 on. It is duplicated, and no other is inherited.
            pub fn pass_fd(&mut self, fd: impl AsFd, inside: RawFd) -> &mut Self {
                if let Some(fd) = self.settings.descriptor("ctr_config_add_fd", fd) {
                    // SAFETY: the config is live.
                    let set = move |config| unsafe { sys::ctr_config_add_fd(config, fd.as_raw_fd(), inside) };
                    self.settings.record(set);
                }
                self
            }

            /// Announces the passed descriptors `3` to `3 + count - 1` by LISTEN_FDS and LISTEN_PID.
            pub fn listen_fds(&mut self, count: u32) -> &mut Self {
                self.settings.number(setter!(ctr_config_set_listen_fds), count);
                self
            }

            /// Sets the deadline, counted from the start of the command; zero is none. When it passes, the whole container
            /// is killed, or the further command alone.
            pub fn timeout(&mut self, after: Duration) -> &mut Self {
                self.settings.duration(setter!(ctr_config_set_timeout), after);
                self
            }

            /// At the deadline sends SIGTERM first, and kills after this grace.
            pub fn kill_after(&mut self, grace: Duration) -> &mut Self {
                self.settings.duration(setter!(ctr_config_set_kill_after), grace);
                self
            }

            /// Sets how long the command may write nothing to standard output and error; zero is no limit. At least one of
            /// them must be captured or a file of the library, see [`Stdio`](crate::Stdio).
            pub fn silence_timeout(&mut self, longest: Duration) -> &mut Self {
                self.settings
                    .duration(setter!(ctr_config_set_silence_timeout), longest);
                self
            }

            /// Bounds the set-up, that is the spawn itself; 30 seconds by default, zero is no bound.
            pub fn setup_timeout(&mut self, longest: Duration) -> &mut Self {
                self.settings
                    .duration(setter!(ctr_config_set_setup_timeout), longest);
                self
            }

            /// Sets how many bytes of each stream are kept that is [captured](crate::Stdio::captured); 1 MiB by default.
            pub fn capture_limit(&mut self, bytes: u64) -> &mut Self {
                self.settings.long(setter!(ctr_config_set_capture_limit), bytes);
                self
            }

            /// Sets which bytes of a captured stream are kept where there are more than the limit.
            pub fn capture_keep(&mut self, which: Keep) -> &mut Self {
                self.settings
                    .number(setter!(ctr_config_set_capture_keep), which as u32);
                self
            }
        }
    };
}
pub(crate) use process_settings;
