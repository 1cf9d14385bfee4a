// SPDX-License-Identifier: MIT

package ctr

// #include <stdint.h>
// #include <sys/resource.h>
// #include <ctr/ctr.h>
// #include "nofile.h"
import "C"

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"
	"unsafe"
)

// A Cmd is a command that is described, runs, or has run in a container. It can be started once.
type Cmd struct {
	// Container describes the box; nil is the default one.
	Container *Container

	// Args holds the command and its arguments. The command is a path inside the container, or a name that is looked
	// up in the PATH of the container's environment. Empty Args run what Container.SetCommand says.
	Args []string

	// Env holds variables of the form NAME=value, in place of or beside those of the Container. Unlike with os/exec
	// nothing of this program's own environment is passed on.
	Env []string

	// Dir is the working directory inside; "" is that of the Container.
	Dir string

	// Stdin, Stdout and Stderr are the standard streams, as with os/exec: nil is the null device, unless the Container
	// says otherwise; an *os.File is passed as it is; anything else is copied through a pipe by a goroutine, and Wait
	// waits for that. Stdout and Stderr may be the same, and then share one.
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// ExtraFiles are passed in as the descriptors from 3 on; nil is left out.
	ExtraFiles []*os.File

	// Cancel is called when the context is done; nil kills the container. Wait returns the context's error then,
	// unless the command still ends with status 0.
	Cancel func() error

	// WaitDelay bounds the time from the end of the context to the end of the container, which is killed then, and
	// from the end of the container to that of the copying of its streams. 0 is no bound.
	WaitDelay time.Duration

	// Events is called with what happens to the command, one event after the other.
	Events func(Event)

	// Process is the running container once Start has returned nil.
	Process *Process

	// Result is how the command ended, once Wait has returned.
	Result *Result

	ctx       context.Context
	inside    *Process
	streams   streams
	cancelled chan error // what Cancel returned, once it was called
	waited    bool
}

// Command returns a Cmd that runs the named program in the default container.
func Command(name string, arguments ...string) *Cmd {
	return &Cmd{Args: append([]string{name}, arguments...)}
}

// CommandContext is as Command, and the container is killed when the context is done before it has ended. The start is
// given up likewise.
func CommandContext(ctx context.Context, name string, arguments ...string) *Cmd {
	if ctx == nil {
		panic("ctr: nil Context")
	}
	cmd := Command(name, arguments...)
	cmd.ctx = ctx
	return cmd
}

// Run starts the command and waits for its end. It returns nil when that is with status 0.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the command and returns what it wrote to standard output. An *ExitError holds some of its standard error.
func (c *Cmd) Output() ([]byte, error) {
	if c.Stdout != nil {
		return nil, errors.New("ctr: Stdout is set already")
	}
	var output bytes.Buffer
	var story ends
	c.Stdout = &output
	if c.Stderr == nil {
		c.Stderr = &story
	}
	err := c.Run()
	var exit *ExitError
	if errors.As(err, &exit) {
		exit.Stderr = story.bytes()
	}
	return output.Bytes(), err
}

// CombinedOutput runs the command and returns what it wrote to standard output and standard error.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	if c.Stdout != nil || c.Stderr != nil {
		return nil, errors.New("ctr: Stdout or Stderr is set already")
	}
	var output bytes.Buffer
	c.Stdout = &output
	c.Stderr = &output
	err := c.Run()
	return output.Bytes(), err
}

// Start starts the command, and returns when it runs: everything that keeps it from running, a missing command
// included, is an error of Start.
func (c *Cmd) Start() error {
	if c.Process != nil || c.waited {
		return errors.New("ctr: already started")
	}
	box := c.Container
	if box == nil {
		box = defaultContainer()
	}
	if err := c.start(box); err != nil {
		c.streams.abandon()
		return c.orItsEnd(err)
	}
	c.streams.copy()
	c.watch(box)
	return nil
}

// orItsEnd returns the error of the context where that gave the start up.
func (c *Cmd) orItsEnd(err error) error {
	if errors.Is(err, Cancelled) && c.ctx != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return err
}

func (c *Cmd) start(box *Container) error {
	if c.ctx != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	box.lowerLimit()
	box.lock.RLock()
	defer box.lock.RUnlock()
	if box.fault != nil {
		return box.fault
	}
	if err := c.streams.open(c, &box.streams); err != nil {
		return err
	}
	return c.startWith(box)
}

func (c *Cmd) startWith(box *Container) error {
	var m memory
	defer m.free()
	options := c.options(&m)
	if m.torn {
		return invalid("ctr_spawn_options", "a text must not hold a zero byte")
	}
	cancel, err := newCancel(c.ctx)
	if err != nil {
		return err
	}
	defer cancel.close()
	options.cancel_fd = C.int32_t(cancel.fd)
	return c.take(box, options)
}

// take starts the command and takes over what comes of it; a Process that cannot be watched is ended.
func (c *Cmd) take(box *Container, options *C.ctr_spawn_options) error {
	p, err := c.spawn(box, options)
	if err == nil {
		err = box.handOver(p)
	}
	if err != nil && p != nil {
		p.handle.close()
		return err
	}
	c.Process = p
	return err
}

// spawn starts a container, or a further command in one.
func (c *Cmd) spawn(box *Container, options *C.ctr_spawn_options) (*Process, error) {
	if c.inside != nil {
		return c.join(box, options)
	}
	var container *C.ctr_container
	var problem *C.ctr_error
	if err := failure(C.ctr_spawn_with(box.config, options, &container, &problem), problem); err != nil {
		return nil, err
	}
	return newProcess(container, nil)
}

func (c *Cmd) join(box *Container, options *C.ctr_spawn_options) (*Process, error) {
	outer := c.inside.handle.acquire()
	if outer == nil {
		return nil, ended("join")
	}
	var container *C.ctr_container
	var problem *C.ctr_error
	if err := failure(C.ctr_exec(outer, box.config, options, &container, &problem), problem); err != nil {
		c.inside.handle.release()
		return nil, err
	}
	return newProcess(container, c.inside.handle)
}

// options says what this one start has of its own.
func (c *Cmd) options(m *memory) *C.ctr_spawn_options {
	options := &C.ctr_spawn_options{size: C.uint32_t(unsafe.Sizeof(C.ctr_spawn_options{}))}
	if len(c.Args) > 0 {
		options.argv = m.list(c.Args)
	}
	if len(c.Env) > 0 {
		options.env = m.list(c.Env)
	}
	options.cwd = m.optional(c.Dir)
	stdio := (*[3]C.int)(m.allocate(3, unsafe.Sizeof(C.int(0))))
	for number, fd := range c.streams.inside {
		stdio[number] = C.int(fd)
	}
	options.stdio = &stdio[0]
	c.passFiles(options, m)
	return options
}

func (c *Cmd) passFiles(options *C.ctr_spawn_options, m *memory) {
	pairs := (*C.ctr_fd_pair)(m.allocate(uintptr(len(c.ExtraFiles)+1), unsafe.Sizeof(C.ctr_fd_pair{})))
	options.fds = pairs
	for i, file := range c.ExtraFiles {
		if file != nil {
			pair := C.ctr_fd_pair{host_fd: C.int(file.Fd()), inside_fd: C.int(3 + i)}
			unsafe.Slice(pairs, len(c.ExtraFiles))[options.fd_count] = pair
			options.fd_count++
		}
	}
}

// lowerLimit gives commands the limit of open files that this program was started with.
func (c *Container) lowerLimit() {
	c.nofile.Do(func() {
		var soft, hard C.uint64_t
		if !c.limitsFiles && C.ctr_go_raised_nofile(&soft, &hard) != 0 {
			c.AddRlimit(C.RLIMIT_NOFILE, uint64(soft), uint64(hard))
		}
	})
}

// handOver tells a new process what its description says of it.
func (c *Container) handOver(p *Process) (err error) {
	p.keep = c.leaves
	for number, kind := range c.streams {
		if kind == nil {
			continue
		}
		p.captures[number] = *kind == StreamCapture
		if *kind == StreamPipe && err == nil {
			p.pipes[number], err = takePipe(p.handle.container, number)
		}
		if *kind == streamTerminal && err == nil && number == 0 {
			p.terminal, err = takeTerminal(p.handle.container)
		}
	}
	return err
}

// watch starts the goroutines that wait for the end of the container and for that of the context.
func (c *Cmd) watch(box *Container) {
	limit := time.Duration(0)
	if box.timeout > 0 {
		limit = box.timeout + box.killAfter
	}
	go c.Process.watch(limit, c.Events)
	if c.ctx == nil || c.ctx.Done() == nil {
		return
	}
	c.cancelled = make(chan error, 1)
	go c.awaitContext()
}

func (c *Cmd) awaitContext() {
	defer close(c.cancelled)
	select {
	case <-c.ctx.Done():
		c.cancelled <- c.interrupt()
	case <-c.Process.done:
	}
}

// interrupt is what the end of the context does.
func (c *Cmd) interrupt() error {
	if c.Cancel == nil {
		return c.Process.Kill()
	}
	err := c.Cancel()
	if c.WaitDelay > 0 {
		select {
		case <-time.After(c.WaitDelay):
			_ = c.Process.Kill() // it may have ended by now
		case <-c.Process.done:
		}
	}
	return err
}

// Wait waits for the end of the command and of everything in its container, and for the copying of its streams. It
// returns nil when the command ended with status 0, and otherwise an *ExitError, or the error of the context that ended
// it.
func (c *Cmd) Wait() error {
	if c.Process == nil {
		return errors.New("ctr: not started")
	}
	if c.waited {
		return errors.New("ctr: Wait was already called")
	}
	c.waited = true
	err := c.ending()
	if interrupted := c.interruption(); interrupted != nil && err != nil {
		err = interrupted
	}
	if copied := c.streams.wait(c.WaitDelay); err == nil {
		err = copied
	}
	return err
}

// ending waits for the end, and keeps how it came.
func (c *Cmd) ending() error {
	result, err := c.Process.Wait()
	c.Result = result
	if err == nil && !result.Success() {
		err = &ExitError{Result: *result}
	}
	return err
}

// interruption returns the error of the context where that ended the command, or what Cancel returned.
func (c *Cmd) interruption() error {
	if c.cancelled == nil {
		return nil
	}
	err, called := <-c.cancelled
	if !called || errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.ctx.Err()
}
