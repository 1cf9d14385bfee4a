// SPDX-License-Identifier: MIT

package ctr

// #include <errno.h>
// #include <stdlib.h>
// #include <ctr/ctr.h>
import "C"

import (
	"context"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// A Container describes the box that commands run in. It is a wish list in the order of the calls; whether the wishes
// fit together is checked when a command is started, and the first one of a wrong shape is kept until then: Start
// reports it, with the call and its index.
//
// Many commands may be started from one Container, from many goroutines at once; each gets a box of its own.
type Container struct {
	lock    sync.RWMutex // setters write, starts read
	config  *C.ctr_config
	fault   error // what the library could not be told
	cleanup func()

	streams     [3]*StreamKind // those that a Cmd leaves alone unless it says otherwise
	limitsFiles bool
	nofile      sync.Once
	timeout     time.Duration
	killAfter   time.Duration
	leaves      bool // leftovers run on behind the command's end
}

// New returns a Container with the defaults. Close releases it.
func New() *Container {
	c := &Container{config: C.ctr_config_new()}
	if c.config == nil {
		c.fault = &Error{Code: NoMemory, Errno: syscall.ENOMEM, Index: -1, Message: "memory ran out"}
		return c
	}
	c.cleanup = releaseWhenUnreachable(c, c.config)
	return c
}

// defaults is the Container of a Cmd without one: the library keeps its program open in it.
var defaults = struct {
	sync.Once
	*Container
}{}

func defaultContainer() *Container {
	defaults.Do(func() { defaults.Container = New() })
	return defaults.Container
}

// Close releases the description. Containers that were started from it live on. Closing twice does nothing.
func (c *Container) Close() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.config != nil {
		c.cleanup()
		C.ctr_config_free(c.config)
		c.config = nil
		c.fault = invalid("", "the container's description was closed")
	}
	return nil
}

// set makes one call on the config. A shape error is kept by the config itself, which knows its index.
func (c *Container) set(name string, call func(config *C.ctr_config, m *memory) C.int) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.fault != nil {
		return
	}
	var m memory
	defer m.free()
	result := call(c.config, &m)
	if m.torn {
		c.fault = invalid(name, "a text must not hold a zero byte")
	} else if result == -C.ENOMEM {
		c.fault = &Error{Code: NoMemory, Errno: syscall.ENOMEM, Call: name, Index: -1, Message: "memory ran out"}
	}
	runtime.KeepAlive(c)
}

// Command returns a Cmd that runs the named program in this box.
func (c *Container) Command(name string, arguments ...string) *Cmd {
	cmd := Command(name, arguments...)
	cmd.Container = c
	return cmd
}

// CommandContext is as Command, and the container is killed when the context is done before it has ended.
func (c *Container) CommandContext(ctx context.Context, name string, arguments ...string) *Cmd {
	cmd := CommandContext(ctx, name, arguments...)
	cmd.Container = c
	return cmd
}

// Explain returns the plan of a start on this host as text, one line per operation, and runs nothing. The command is
// that of SetCommand.
func (c *Container) Explain() (string, error) {
	return c.explain(func(config *C.ctr_config, text **C.char, problem **C.ctr_error) C.int {
		return C.ctr_explain_text(config, text, problem)
	})
}

// ExplainJSON is as Explain, as JSON.
func (c *Container) ExplainJSON() (string, error) {
	return c.explain(func(config *C.ctr_config, text **C.char, problem **C.ctr_error) C.int {
		return C.ctr_explain(config, text, problem)
	})
}

func (c *Container) explain(call func(*C.ctr_config, **C.char, **C.ctr_error) C.int) (string, error) {
	c.lock.RLock()
	defer c.lock.RUnlock()
	if c.fault != nil {
		return "", c.fault
	}
	var text *C.char
	var problem *C.ctr_error
	if err := failure(call(c.config, &text, &problem), problem); err != nil {
		return "", err
	}
	defer C.free(unsafe.Pointer(text))
	return C.GoString(text), nil
}
