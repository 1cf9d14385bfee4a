// SPDX-License-Identifier: MIT

// Package ctr starts programs in safe, isolated, rootless Linux containers.
//
// It has the shape of os/exec: Command describes what to run, Start, Wait, Run, Output and CombinedOutput run it, and a
// command that ended in any other way than with status 0 is an *ExitError.
//
//	output, err := ctr.Command("uname", "-a").Output()
//
// The box around the command is a Container. The default one has the host's own root file system read-only, every
// namespace of its own, a network with loopback only, and an environment of PATH, HOME and TERM:
//
//	box := ctr.New()
//	defer box.Close()
//	box.AddBind("/home/me/src", "/src", ctr.ReadOnly)
//	box.SetTimeout(time.Minute)
//	err := box.CommandContext(ctx, "make", "-C", "/src").Run()
//
// What cannot be started is an *Error of Start, never an exit status: it says in which step it failed, on what, why,
// and what to try.
//
// Waiting takes a goroutine per container and no thread. Everything of a container is released when it has ended,
// whether or not Wait is called; nothing is done by finalizers but to release a Container that nobody closed.
//
// Methods may be called from any goroutine, except that the fields of a Cmd belong to one at a time.
package ctr

// #cgo pkg-config: libctr
// #include <ctr/ctr.h>
import "C"

// Version returns the version of the library that is running, such as "0.1.0".
func Version() string { return C.GoString(C.ctr_version()) }
