// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

// What Landlock may let a container do with files and ports, and keeps inside it.
const (
	LandlockRead    uint64 = C.CTR_LANDLOCK_READ    // read files, list directories
	LandlockWrite   uint64 = C.CTR_LANDLOCK_WRITE   // write, truncate, make, rename and remove files
	LandlockExecute uint64 = C.CTR_LANDLOCK_EXECUTE // execute files; loaders and libraries too

	LandlockBind    uint64 = C.CTR_LANDLOCK_BIND    // be a server on a port
	LandlockConnect uint64 = C.CTR_LANDLOCK_CONNECT // be a client of a port

	LandlockScopeSockets uint64 = C.CTR_LANDLOCK_SCOPE_SOCKETS // no abstract socket of others is connected to
	LandlockScopeSignals uint64 = C.CTR_LANDLOCK_SCOPE_SIGNALS // no process of others is signalled
)

// AddLandlockPath lets the container do this with path and what is below it, and nothing else with any file.
func (c *Container) AddLandlockPath(path string, access uint64) {
	c.set("ctr_config_add_landlock_path", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_landlock_path(config, m.text(path), C.uint64_t(access))
	})
}

// AddLandlockPort lets the container use this TCP port, and no other for what any call names.
func (c *Container) AddLandlockPort(port uint32, access uint64) {
	c.set("ctr_config_add_landlock_port", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_add_landlock_port(config, C.uint32_t(port), C.uint64_t(access))
	})
}

// SetLandlockScope keeps abstract sockets, or signals, inside the container.
func (c *Container) SetLandlockScope(scope uint64) {
	c.set("ctr_config_set_landlock_scope", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_landlock_scope(config, C.uint64_t(scope))
	})
}

// A LandlockMode says what happens where the kernel cannot restrict all of that.
type LandlockMode uint32

// What happens where the kernel cannot restrict all of that.
const (
	LandlockRequired  LandlockMode = C.CTR_LANDLOCK_REQUIRED  // an error of Start; the default
	LandlockPreferred LandlockMode = C.CTR_LANDLOCK_PREFERRED // what it can is in force, and a notice tells
)

// SetLandlockMode sets what happens where the kernel cannot restrict all of that.
func (c *Container) SetLandlockMode(mode LandlockMode) {
	c.set("ctr_config_set_landlock_mode", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_landlock_mode(config, C.uint32_t(mode))
	})
}
