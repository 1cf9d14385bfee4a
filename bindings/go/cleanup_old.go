// SPDX-License-Identifier: MIT

//go:build !go1.24

package ctr

// #include <ctr/ctr.h>
import "C"

// releaseWhenUnreachable does nothing here: without runtime.AddCleanup only Close releases a Container.
func releaseWhenUnreachable(*Container, *C.ctr_config) func() { return func() {} }
