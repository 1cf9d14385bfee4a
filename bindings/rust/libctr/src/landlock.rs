// SPDX-License-Identifier: MIT
//! Landlock: what the processes of a container may do beside all else.

use std::ops::BitOr;
use std::path::Path;

use libctr_sys as sys;

use crate::container::Container;
use crate::settings::setter;

/// Values that are joined by `|`.
macro_rules! flags {
    ($(#[$comment:meta])* $name:ident { $($(#[$what:meta])* $value:ident = $raw:ident),+ $(,)? }) => {
        $(#[$comment])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(u64);

        impl $name {
            $($(#[$what])* pub const $value: Self = Self(sys::$raw);)+
        }

        impl BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}

flags!(
    /// What may be done with files, for [`Container::landlock_path`].
    FileAccess {
        /// Read files, list directories.
        READ = CTR_LANDLOCK_READ,
        /// Write, truncate, make, rename and remove files.
        WRITE = CTR_LANDLOCK_WRITE,
        /// Execute files; a program's loader and libraries too.
        EXECUTE = CTR_LANDLOCK_EXECUTE,
    }
);

flags!(
    /// What may be done with a TCP port, for [`Container::landlock_port`].
    PortAccess {
        /// Be a server on it.
        BIND = CTR_LANDLOCK_BIND,
        /// Be a client of it.
        CONNECT = CTR_LANDLOCK_CONNECT,
    }
);

flags!(
    /// What is kept inside the container, for [`Container::landlock_scope`].
    Scope {
        /// No abstract socket of others is connected to.
        SOCKETS = CTR_LANDLOCK_SCOPE_SOCKETS,
        /// No process of others is signalled.
        SIGNALS = CTR_LANDLOCK_SCOPE_SIGNALS,
    }
);

/// Landlock: restrictions beside mounts and modes.
impl Container {
    /// Lets every process do this with a path of the container and what is below it, and nothing else with any file that
    /// it opens. Several calls add up.
    ///
    /// ```
    /// use libctr::{Container, ErrorKind, FileAccess};
    ///
    /// let mut container = Container::new();
    /// container.landlock_path("/usr", FileAccess::READ | FileAccess::EXECUTE);
    /// match container.command("cat").arg("/etc/hostname").output() {
    ///     Ok(output) => assert!(!output.status.success()),
    ///     Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported), // a kernel without Landlock
    /// }
    /// ```
    pub fn landlock_path(&mut self, path: impl AsRef<Path>, access: FileAccess) -> &mut Self {
        if let Some(path) = self
            .settings
            .c_string("ctr_config_add_landlock_path", path.as_ref().as_os_str())
        {
            // SAFETY: the config is live and the text ends with NUL.
            let set = move |config| unsafe { sys::ctr_config_add_landlock_path(config, path.as_ptr(), access.0) };
            self.settings.record(set);
        }
        self
    }

    /// Lets every process use this TCP port, and no other for what any call names.
    pub fn landlock_port(&mut self, port: u16, access: PortAccess) -> &mut Self {
        // SAFETY: the config is live.
        let set = move |config| unsafe { sys::ctr_config_add_landlock_port(config, port.into(), access.0) };
        self.settings.record(set);
        self
    }

    /// Keeps abstract sockets, or signals, inside the container.
    pub fn landlock_scope(&mut self, scope: Scope) -> &mut Self {
        self.settings.long(setter!(ctr_config_set_landlock_scope), scope.0);
        self
    }

    /// Sets whether it is an error where the kernel cannot restrict all of that, as is the default, or what it can is
    /// in force and a [notice](crate::Child::notices) tells.
    pub fn landlock_required(&mut self, required: bool) -> &mut Self {
        let mode = if required {
            sys::CTR_LANDLOCK_REQUIRED
        } else {
            sys::CTR_LANDLOCK_PREFERRED
        };
        self.settings.number(setter!(ctr_config_set_landlock_mode), mode);
        self
    }
}
