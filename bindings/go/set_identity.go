// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

// A Map says how ids are mapped.
type Map uint32

// How ids are mapped.
const (
	MapAuto   Map = C.CTR_MAP_AUTO   // MapSubID where it can be, else MapSingle; for a privileged caller every id
	MapSingle Map = C.CTR_MAP_SINGLE // the caller's own id only
	MapSubID  Map = C.CTR_MAP_SUBID  // the caller's id and its ranges of /etc/subuid and /etc/subgid
	MapNone   Map = C.CTR_MAP_NONE   // no user namespace; the caller must be privileged
)

// SetMap sets how ids are mapped.
func (c *Container) SetMap(mode Map) {
	c.set("ctr_config_set_map", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_map(config, C.uint32_t(mode))
	})
}

// AddUIDRange maps count user ids from inside on to those from outside on, instead of any mode.
func (c *Container) AddUIDRange(inside, outside, count uint32) {
	c.set("ctr_config_add_uid_range", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_add_uid_range(config, C.uint32_t(inside), C.uint32_t(outside), C.uint32_t(count))
	})
}

// AddGIDRange maps count group ids from inside on to those from outside on, instead of any mode.
func (c *Container) AddGIDRange(inside, outside, count uint32) {
	c.set("ctr_config_add_gid_range", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_add_gid_range(config, C.uint32_t(inside), C.uint32_t(outside), C.uint32_t(count))
	})
}

// SetUser sets user and group: "UID", "UID:GID", "NAME" or "NAME:GROUP", with names of the container's own files.
func (c *Container) SetUser(user string) {
	c.set("ctr_config_set_user", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_user(config, m.text(user))
	})
}

// AddGroup adds a supplementary group, by number or name.
func (c *Container) AddGroup(group string) {
	c.set("ctr_config_add_group", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_group(config, m.text(group))
	})
}

// SetIDHelpers sets the programs that write id ranges; "" keeps the default.
func (c *Container) SetIDHelpers(newuidmap, newgidmap string) {
	c.set("ctr_config_set_id_helpers", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_id_helpers(config, m.optional(newuidmap), m.optional(newgidmap))
	})
}

// AddCapability lets the command keep a capability in its own user namespace, by its name or "ALL".
func (c *Container) AddCapability(name string) {
	c.set("ctr_config_add_capability", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_add_capability(config, m.text(name))
	})
}

// DropCapability takes a capability from the command, or "ALL".
func (c *Container) DropCapability(name string) {
	c.set("ctr_config_drop_capability", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_drop_capability(config, m.text(name))
	})
}

// SetCapabilityProfile sets what capabilities a command of user 0 starts with: "default", "contained" or "crabcan".
func (c *Container) SetCapabilityProfile(name string) {
	c.set("ctr_config_set_capability_profile", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_capability_profile(config, m.text(name))
	})
}

// A Keyring says which session keyring the container has.
type Keyring uint32

// Which session keyring the container has.
const (
	KeyringNew       Keyring = C.CTR_KEYRING_NEW // an empty one; the default
	KeyringInherited Keyring = C.CTR_KEYRING_INHERITED
)

// SetKeyring sets which session keyring the container has.
func (c *Container) SetKeyring(mode Keyring) {
	c.set("ctr_config_set_keyring", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_keyring(config, C.uint32_t(mode))
	})
}
