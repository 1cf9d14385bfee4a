// SPDX-License-Identifier: MIT

package ctr

// #include <sys/mount.h>
// #include <ctr/ctr.h>
import "C"

import (
	"os"
	"runtime"
)

// SetRootfs sets the root file system: a directory of the host, writable. Without it the host's own root is used,
// read-only.
func (c *Container) SetRootfs(path string) {
	c.set("ctr_config_set_rootfs", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_rootfs(config, m.text(path))
	})
}

// A RootMode says whether a root may be written.
type RootMode uint32

// Whether a root that was set by SetRootfs may be written.
const (
	RootWritable RootMode = C.CTR_ROOT_WRITABLE // the default
	RootReadOnly RootMode = C.CTR_ROOT_READ_ONLY
)

// SetRootMode sets whether a root that was set by SetRootfs may be written.
func (c *Container) SetRootMode(mode RootMode) {
	c.set("ctr_config_set_root_mode", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_root_mode(config, C.uint32_t(mode))
	})
}

// MountFlags are the flags of a mount: those of mount(2), and some of the library.
type MountFlags uint64

// The flags of mounts.
const (
	ReadOnly  MountFlags = C.MS_RDONLY
	NoSUID    MountFlags = C.MS_NOSUID
	NoDev     MountFlags = C.MS_NODEV
	NoExec    MountFlags = C.MS_NOEXEC
	NoAtime   MountFlags = C.MS_NOATIME
	Bind      MountFlags = C.MS_BIND
	Recursive MountFlags = C.MS_REC

	Optional MountFlags = C.CTR_MOUNT_OPTIONAL // leave the mount out when its source does not exist
	Create   MountFlags = C.CTR_MOUNT_CREATE   // make missing mount points inside binds of the host too
	NoFollow MountFlags = C.CTR_MOUNT_NOFOLLOW // the source must not be a symbolic link
)

// AddMount adds a mount, with arguments as mount(2) takes them; "" for source, kind and options is none. Mounts are
// made parents first, whatever the order of the calls.
func (c *Container) AddMount(source, target, kind string, flags MountFlags, options string) {
	c.set("ctr_add_mount", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_add_mount(config, m.optional(source), m.text(target), m.optional(kind), C.uint64_t(flags), m.optional(options))
	})
}

// AddBind shows a file or directory of the host, with what is mounted below it, at target.
func (c *Container) AddBind(source, target string, flags MountFlags) {
	c.AddMount(source, target, "bind", flags|Bind|Recursive, "")
}

// AddBindFile is as AddBind with an open file or directory.
func (c *Container) AddBindFile(source *os.File, target string, flags MountFlags) {
	c.set("ctr_config_add_mount_fd", func(config *C.ctr_config, m *memory) C.int {
		defer runtime.KeepAlive(source)
		return C.ctr_config_add_mount_fd(config, C.int(source.Fd()), m.text(target), C.uint64_t(flags|Bind|Recursive))
	})
}

// AddTmpfs adds an empty file system in memory, with options such as "size=64m,mode=755".
func (c *Container) AddTmpfs(target, options string) {
	c.AddMount("", target, "tmpfs", NoSUID|NoDev, options)
}

// AddSymlink makes a symbolic link at path that holds target.
func (c *Container) AddSymlink(target, path string) {
	c.set("ctr_config_add_symlink", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_symlink(config, m.text(target), m.text(path))
	})
}

// AddDir makes a directory with its parents; one that exists is kept as it is.
func (c *Container) AddDir(path string, mode uint32) {
	c.set("ctr_config_add_dir", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_dir(config, m.text(path), C.uint32_t(mode))
	})
}

// AddDevice shows a device node of the host; "" for target is the same path inside.
func (c *Container) AddDevice(source, target string) {
	c.set("ctr_config_add_device", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_device(config, m.text(source), m.optional(target))
	})
}

// A Proc says what /proc shows.
type Proc uint32

// What /proc shows.
const (
	ProcFresh  Proc = C.CTR_PROC_FRESH // the container's own processes; the default
	ProcHost   Proc = C.CTR_PROC_HOST
	ProcAbsent Proc = C.CTR_PROC_ABSENT
)

// SetProc sets what /proc shows.
func (c *Container) SetProc(mode Proc) {
	c.set("ctr_config_set_proc", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_proc(config, C.uint32_t(mode))
	})
}

// SetProcOptions sets the options of a fresh /proc, such as "hidepid=2"; "" is none.
func (c *Container) SetProcOptions(options string) {
	c.set("ctr_config_set_proc_options", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_proc_options(config, m.optional(options))
	})
}

// SystemPaths says whether sensitive files of /proc and /sys are masked.
type SystemPaths uint32

// Whether sensitive files of /proc and /sys are masked.
const (
	SystemPathsMasked SystemPaths = C.CTR_SYSTEM_PATHS_MASKED // the default
	SystemPathsOpen   SystemPaths = C.CTR_SYSTEM_PATHS_OPEN
)

// SetSystemPaths sets whether sensitive files of /proc and /sys are masked and kernel settings read-only.
func (c *Container) SetSystemPaths(mode SystemPaths) {
	c.set("ctr_config_set_system_paths", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_system_paths(config, C.uint32_t(mode))
	})
}
