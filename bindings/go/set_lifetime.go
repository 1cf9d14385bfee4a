// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import "time"

// milliseconds rounds up: a duration that became 0 would mean none at all.
func (c *Container) milliseconds(name string, d time.Duration) C.uint64_t {
	if d < 0 && c.fault == nil {
		c.fault = invalid(name, "a duration must not be negative")
	}
	count := d / time.Millisecond
	if d%time.Millisecond > 0 {
		count++
	}
	return C.uint64_t(count)
}

// SetTimeout sets the deadline: when this time has passed since the command was started, the whole container is killed
// and the result is of the kind TimedOut. 0 is none.
func (c *Container) SetTimeout(d time.Duration) {
	c.set("ctr_config_set_timeout", func(config *C.ctr_config, _ *memory) C.int {
		c.timeout = d
		return C.ctr_config_set_timeout(config, c.milliseconds("ctr_config_set_timeout", d))
	})
}

// SetKillAfter sends SIGTERM to the command at the deadline, and kills after this grace.
func (c *Container) SetKillAfter(d time.Duration) {
	c.set("ctr_config_set_kill_after", func(config *C.ctr_config, _ *memory) C.int {
		c.killAfter = d
		return C.ctr_config_set_kill_after(config, c.milliseconds("ctr_config_set_kill_after", d))
	})
}

// SetCPUTimeout sets how much processor time all processes of the container may use together.
func (c *Container) SetCPUTimeout(d time.Duration) {
	c.set("ctr_config_set_cpu_timeout", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_cpu_timeout(config, c.milliseconds("ctr_config_set_cpu_timeout", d))
	})
}

// SetSilenceTimeout sets how long the command may write nothing; its output must be captured, or a file of
// SetStreamFile.
func (c *Container) SetSilenceTimeout(d time.Duration) {
	c.set("ctr_config_set_silence_timeout", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_silence_timeout(config, c.milliseconds("ctr_config_set_silence_timeout", d))
	})
}

// SetSetupTimeout bounds Start itself; 30 seconds by default, and 0 is no bound.
func (c *Container) SetSetupTimeout(d time.Duration) {
	c.set("ctr_config_set_setup_timeout", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_setup_timeout(config, c.milliseconds("ctr_config_set_setup_timeout", d))
	})
}

// An Init says where the library's init runs.
type Init uint32

// Where the library's init runs.
const (
	InitInside  Init = C.CTR_INIT_INSIDE  // as pid 1, where it reaps and forwards; the default
	InitOutside Init = C.CTR_INIT_OUTSIDE // outside the pid namespace, and the command is pid 1
)

// SetInit sets where the library's init runs.
func (c *Container) SetInit(mode Init) {
	c.set("ctr_config_set_init", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_init(config, C.uint32_t(mode))
	})
}

// A HostDeath says what happens when this process dies.
type HostDeath uint32

// What happens when this process dies.
const (
	HostDeathKills  HostDeath = C.CTR_HOST_DEATH_KILLS // the container is ended; the default
	HostDeathLeaves HostDeath = C.CTR_HOST_DEATH_LEAVES
)

// SetHostDeath sets what happens when this process dies.
func (c *Container) SetHostDeath(mode HostDeath) {
	c.set("ctr_config_set_host_death", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_host_death(config, C.uint32_t(mode))
	})
}

// Leftovers says what happens to processes that the command leaves behind.
type Leftovers uint32

// What happens to the processes that the command leaves behind.
const (
	LeftoversKill  Leftovers = C.CTR_LEFTOVERS_KILL  // they are ended; the default
	LeftoversWait  Leftovers = C.CTR_LEFTOVERS_WAIT  // the container ends with the last of them
	LeftoversLeave Leftovers = C.CTR_LEFTOVERS_LEAVE // they run on, until Process.Close
)

// SetLeftovers sets what happens to the processes that the command leaves behind. With LeftoversLeave the container
// stays when Wait has returned, and is released by Process.Close only.
func (c *Container) SetLeftovers(mode Leftovers) {
	c.set("ctr_config_set_leftovers", func(config *C.ctr_config, _ *memory) C.int {
		c.leaves = mode == LeftoversLeave
		return C.ctr_config_set_leftovers(config, C.uint32_t(mode))
	})
}
