// SPDX-License-Identifier: MIT

package ctr

// #include <sys/resource.h>
// #include <ctr/ctr.h>
import "C"

import (
	"os"
	"runtime"
	"unsafe"
)

// SetCommand sets what a Cmd without Args runs, and what Explain explains.
func (c *Container) SetCommand(name string, arguments ...string) {
	c.set("ctr_config_set_command", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_command(config, m.list(append([]string{name}, arguments...)))
	})
}

// SetCommandFile executes an open file instead of looking the first word up: a program that is nowhere in the
// container. It must be no script, and nobody may have it open for writing.
func (c *Container) SetCommandFile(program *os.File) {
	c.set("ctr_config_set_command_fd", func(config *C.ctr_config, _ *memory) C.int {
		defer runtime.KeepAlive(program)
		return C.ctr_config_set_command_fd(config, C.int(program.Fd()))
	})
}

// AddEnv sets an environment variable; a later call for the same name wins.
func (c *Container) AddEnv(name, value string) {
	c.set("ctr_config_add_env", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_env(config, m.text(name), m.text(value))
	})
}

// An EnvBase is what an environment starts from.
type EnvBase uint32

// What an environment starts from.
const (
	EnvPlain EnvBase = C.CTR_ENV_BASE // PATH, HOME and TERM; the default
	EnvEmpty EnvBase = C.CTR_ENV_EMPTY
)

// SetEnvBase sets what the environment starts from.
func (c *Container) SetEnvBase(base EnvBase) {
	c.set("ctr_config_set_env_base", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_env_base(config, C.uint32_t(base))
	})
}

// SetDir sets the working directory, an absolute path inside. Without it: the caller's own where the same directory is
// visible under the same path inside, else "/".
func (c *Container) SetDir(path string) {
	c.set("ctr_config_set_cwd", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_cwd(config, m.text(path))
	})
}

// SetUmask sets the file mode creation mask (default 022).
func (c *Container) SetUmask(mask uint32) {
	c.set("ctr_config_set_umask", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_umask(config, C.uint32_t(mask))
	})
}

// A StreamKind says where a standard stream leads.
type StreamKind uint32

// Where a standard stream leads.
const (
	StreamInherit StreamKind = C.CTR_STDIO_INHERIT // the caller's own
	StreamNull    StreamKind = C.CTR_STDIO_NULL    // the null device
	StreamMerge   StreamKind = C.CTR_STDIO_MERGE   // of standard error: where standard output leads
	StreamPipe    StreamKind = C.CTR_STDIO_PIPE    // a pipe to this program; see Process.Pipe
	StreamCapture StreamKind = C.CTR_STDIO_CAPTURE // of output: memory, up to a limit; see Process.Captured
)

// SetStream sets where standard input, output or error of every command leads that does not say it by its own fields.
func (c *Container) SetStream(number int, kind StreamKind) {
	c.claim(number, kind)
	c.set("ctr_config_set_stdio", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_stdio(config, C.int(number), C.uint32_t(kind), -1)
	})
}

// StreamAppend makes what is written go to the end of the file.
const StreamAppend uint64 = C.CTR_STDIO_APPEND

// SetStreamFile is as SetStream, with a file of the host that the library opens at each start: for reading; or for
// writing, made if it is missing and emptied unless flags is StreamAppend.
func (c *Container) SetStreamFile(number int, path string, flags uint64) {
	c.claim(number, StreamInherit)
	c.set("ctr_config_set_stdio_file", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_stdio_file(config, C.int(number), m.text(path), C.uint64_t(flags))
	})
}

// SetCaptureLimit sets how many bytes of each captured stream are kept (default 1 MiB); what comes later is counted.
func (c *Container) SetCaptureLimit(bytes uint64) {
	c.set("ctr_config_set_capture_limit", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_capture_limit(config, C.uint64_t(bytes))
	})
}

// A Keep says which bytes of a captured stream are kept where there are more than the limit.
type Keep uint32

// Which bytes of a captured stream are kept.
const (
	KeepFirst Keep = C.CTR_KEEP_FIRST // the default
	KeepLast  Keep = C.CTR_KEEP_LAST
)

// SetCaptureKeep sets which bytes of a captured stream are kept where there are more than the limit.
func (c *Container) SetCaptureKeep(which Keep) {
	c.set("ctr_config_set_capture_keep", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_capture_keep(config, C.uint32_t(which))
	})
}

// SetTerminal gives commands a terminal of the container's own as standard streams; Process.Terminal is the caller's
// side. Rows and columns of 0 leave the size as the kernel makes it.
func (c *Container) SetTerminal(rows, columns uint32) {
	for number := 0; number <= 2; number++ {
		c.claim(number, streamTerminal)
	}
	c.set("ctr_config_set_terminal", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_terminal(config, C.uint32_t(rows), C.uint32_t(columns))
	})
}

const streamTerminal = ^StreamKind(0)

// claim remembers that the config says where a stream leads.
func (c *Container) claim(number int, kind StreamKind) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if number >= 0 && number <= 2 {
		c.streams[number] = &kind
	}
}

// AddFile passes an open file in, as this number, from 3 on; it may be closed when the call has returned. See also
// Cmd.ExtraFiles.
func (c *Container) AddFile(file *os.File, inside int) {
	defer runtime.KeepAlive(file)
	c.addFD(file.Fd(), inside)
}

// AddFD is as AddFile, by number.
func (c *Container) AddFD(host, inside int) { c.addFD(uintptr(host), inside) }

func (c *Container) addFD(host uintptr, inside int) {
	c.set("ctr_config_add_fd", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_add_fd(config, C.int(host), C.int(inside))
	})
}

// SetStreamFD is as SetStream, with an open descriptor, which is duplicated.
func (c *Container) SetStreamFD(number, host int) {
	c.claim(number, StreamInherit)
	c.set("ctr_config_set_stdio", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_stdio(config, C.int(number), C.CTR_STDIO_FD, C.int(host))
	})
}

// SetListenFDs announces the passed descriptors 3 to 3+count-1 by LISTEN_FDS and LISTEN_PID.
func (c *Container) SetListenFDs(count uint32) {
	c.set("ctr_config_set_listen_fds", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_listen_fds(config, C.uint32_t(count))
	})
}

// Unlimited is no limit.
const Unlimited uint64 = C.CTR_RLIM_INFINITY

// AddRlimit sets a resource limit, one of RLIMIT_*. Without one for open files, commands get the limit that this
// program was started with, which the Go runtime has raised for itself.
func (c *Container) AddRlimit(resource int, soft, hard uint64) {
	c.set("ctr_config_add_rlimit", func(config *C.ctr_config, _ *memory) C.int {
		c.limitsFiles = c.limitsFiles || resource == C.RLIMIT_NOFILE
		return C.ctr_config_add_rlimit(config, C.int(resource), C.uint64_t(soft), C.uint64_t(hard))
	})
}

// A NewPrivs says whether programs may gain privileges when they are executed.
type NewPrivs uint32

// Whether programs may gain privileges when they are executed, as setuid programs do.
const (
	NewPrivsRefused NewPrivs = C.CTR_NEW_PRIVS_REFUSED // the default
	NewPrivsAllowed NewPrivs = C.CTR_NEW_PRIVS_ALLOWED
)

// SetNewPrivs sets whether programs may gain privileges when they are executed.
func (c *Container) SetNewPrivs(mode NewPrivs) {
	c.set("ctr_config_set_new_privs", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_new_privs(config, C.uint32_t(mode))
	})
}

// AddContent makes a read-only file with this content and mode at target.
func (c *Container) AddContent(target string, content []byte, mode uint32) {
	c.set("ctr_config_add_file", func(config *C.ctr_config, m *memory) C.int {
		var first unsafe.Pointer
		if len(content) > 0 {
			first = unsafe.Pointer(&content[0])
		}
		return C.ctr_config_add_file(config, m.text(target), first, C.size_t(len(content)), C.uint32_t(mode))
	})
}
