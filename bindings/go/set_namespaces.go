// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import (
	"os"
	"runtime"
)

// A Namespace is one kind of namespace.
type Namespace uint32

// The kinds of namespaces.
const (
	User   Namespace = C.CTR_NAMESPACE_USER
	Mount  Namespace = C.CTR_NAMESPACE_MOUNT
	PID    Namespace = C.CTR_NAMESPACE_PID
	Net    Namespace = C.CTR_NAMESPACE_NET
	UTS    Namespace = C.CTR_NAMESPACE_UTS
	IPC    Namespace = C.CTR_NAMESPACE_IPC
	Cgroup Namespace = C.CTR_NAMESPACE_CGROUP
	Time   Namespace = C.CTR_NAMESPACE_TIME
)

// A NamespaceMode says whose a namespace is.
type NamespaceMode uint32

// Whose a namespace is.
const (
	Own    NamespaceMode = C.CTR_NAMESPACE_OWN // the container's; the default
	Shared NamespaceMode = C.CTR_NAMESPACE_SHARED
)

// SetNamespace sets whether a namespace is the container's own or shared with the caller. The user namespace is
// governed by SetMap.
func (c *Container) SetNamespace(which Namespace, mode NamespaceMode) {
	c.set("ctr_config_set_namespace", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_namespace(config, C.uint32_t(which), C.uint32_t(mode))
	})
}

// JoinNamespace joins the namespace of an open file, such as /proc/PID/ns/net.
func (c *Container) JoinNamespace(which Namespace, file *os.File) {
	c.set("ctr_config_join_namespace", func(config *C.ctr_config, _ *memory) C.int {
		defer runtime.KeepAlive(file)
		return C.ctr_config_join_namespace(config, C.uint32_t(which), C.int(file.Fd()))
	})
}

// SetHostname sets the host name (default: the host's).
func (c *Container) SetHostname(name string) {
	c.set("ctr_config_set_hostname", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_hostname(config, m.text(name))
	})
}

// AddTimeOffset shifts a clock, CLOCK_MONOTONIC or CLOCK_BOOTTIME.
func (c *Container) AddTimeOffset(clock int, seconds int64, nanoseconds uint32) {
	c.set("ctr_config_add_time_offset", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_add_time_offset(config, C.int(clock), C.int64_t(seconds), C.uint32_t(nanoseconds))
	})
}
