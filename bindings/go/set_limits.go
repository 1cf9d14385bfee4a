// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

// SetPIDsLimit limits how many processes and threads the container's users may have at a time; 0 is no limit.
func (c *Container) SetPIDsLimit(count uint64) {
	c.set("ctr_config_set_pids_limit", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_pids_limit(config, C.uint64_t(count))
	})
}

// SetOOMScoreAdj sets how eagerly the kernel's out-of-memory killer takes the container: -1000 (never) to 1000 (first).
func (c *Container) SetOOMScoreAdj(value int32) {
	c.set("ctr_config_set_oom_score_adj", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_oom_score_adj(config, C.int32_t(value))
	})
}

// SetNice sets the nice value of the container, -20 to 19.
func (c *Container) SetNice(value int32) {
	c.set("ctr_config_set_nice", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_nice(config, C.int32_t(value))
	})
}

// SetCPUAffinity sets the processors that the container starts on, such as "0-3,8"; "" is the caller's.
func (c *Container) SetCPUAffinity(list string) {
	c.set("ctr_config_set_cpu_affinity", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_cpu_affinity(config, m.optional(list))
	})
}

// CoreScheduling says who else may run on a processor core of the container.
type CoreScheduling uint32

// Whether the sibling threads of a processor core may run other programs beside the container.
const (
	CoreShared CoreScheduling = C.CTR_CORE_SCHEDULING_SHARED // the default
	CoreOwn    CoreScheduling = C.CTR_CORE_SCHEDULING_OWN
)

// SetCoreScheduling sets whether the sibling threads of a processor core may run other programs beside the container.
func (c *Container) SetCoreScheduling(mode CoreScheduling) {
	c.set("ctr_config_set_core_scheduling", func(config *C.ctr_config, _ *memory) C.int {
		return C.ctr_config_set_core_scheduling(config, C.uint32_t(mode))
	})
}
