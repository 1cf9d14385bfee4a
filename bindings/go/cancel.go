// SPDX-License-Identifier: MIT

package ctr

import (
	"context"
	"os"
	"syscall"
)

// A cancel is a descriptor that becomes readable when a context is done, for as long as a start takes.
type cancel struct {
	fd   int // 0 is none
	stop chan struct{}
	over chan struct{}
}

func newCancel(ctx context.Context) (*cancel, error) {
	if ctx == nil || ctx.Done() == nil {
		return &cancel{}, nil
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("eventfd", errno)
	}
	c := &cancel{fd: int(fd), stop: make(chan struct{}), over: make(chan struct{})}
	go c.await(ctx)
	return c, nil
}

func (c *cancel) await(ctx context.Context) {
	defer close(c.over)
	select {
	case <-ctx.Done():
		_, _ = syscall.Write(c.fd, []byte{1, 1, 1, 1, 1, 1, 1, 1}) // any number but 0, which there is room for
	case <-c.stop:
	}
}

func (c *cancel) close() {
	if c.stop == nil {
		return
	}
	close(c.stop)
	<-c.over
	syscall.Close(c.fd)
}
