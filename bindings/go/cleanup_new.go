// SPDX-License-Identifier: MIT

//go:build go1.24

package ctr

// #include <ctr/ctr.h>
import "C"

import "runtime"

// releaseWhenUnreachable frees the config of a Container that nobody closed; what it returns calls that off.
func releaseWhenUnreachable(c *Container, config *C.ctr_config) func() {
	return runtime.AddCleanup(c, func(config *C.ctr_config) { C.ctr_config_free(config) }, config).Stop
}
