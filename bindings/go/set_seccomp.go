// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import "unsafe"

// SetSeccomp sets which system calls commands may make, by a built-in profile: "default", "build", "strict", "contained",
// "crabcan" or "unconfined".
func (c *Container) SetSeccomp(name string) {
	c.set("ctr_config_set_seccomp", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_seccomp(config, m.text(name))
	})
}

// SetSeccompJSON sets the system calls by a profile of the container engines' JSON format.
func (c *Container) SetSeccompJSON(json string) {
	c.set("ctr_config_set_seccomp_json", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_seccomp_json(config, m.text(json))
	})
}

// SetSeccompBPF sets the system calls by a program of classic BPF, as libseccomp exports it.
func (c *Container) SetSeccompBPF(program []byte) {
	c.set("ctr_config_set_seccomp_bpf", func(config *C.ctr_config, _ *memory) C.int {
		var first unsafe.Pointer
		if len(program) > 0 {
			first = unsafe.Pointer(&program[0])
		}
		return C.ctr_config_set_seccomp_bpf(config, first, C.size_t(len(program)))
	})
}

// A SeccompListener says who answers the system calls that a filter asks about.
type SeccompListener uint32

// Who answers the system calls that a filter asks about.
const (
	SeccompListenerNone   SeccompListener = C.CTR_SECCOMP_LISTENER_NONE   // nobody; the default
	SeccompListenerCaller SeccompListener = C.CTR_SECCOMP_LISTENER_CALLER // this program; see Process.WithSeccompFD
)

// SetSeccompListener sets who answers the system calls that a filter asks about.
func (c *Container) SetSeccompListener(mode SeccompListener) {
	c.set("ctr_config_set_seccomp_listener", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_seccomp_listener(config, C.uint32_t(mode))
	})
}

// WithSeccompFD calls f with the descriptor of the filter's notifications, which is open until f returns; it is
// duplicated to keep it.
func (p *Process) WithSeccompFD(f func(fd int)) error {
	return p.do("filter", func(container *C.ctr_container, _ **C.ctr_error) C.int {
		fd := C.ctr_container_seccomp_fd(container)
		if fd >= 0 {
			f(int(fd))
		}
		return fd
	})
}
