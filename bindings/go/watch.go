// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// slack is what the library's init may take past a deadline before this process ends the container.
const slack = 300 * time.Millisecond

// newProcess takes over a container that was started, but for what the container's description says of it.
func newProcess(container *C.ctr_container, outer *handle) (*Process, error) {
	p := &Process{handle: &handle{container: container, outer: outer, users: 1}, done: make(chan struct{})}
	p.report = C.GoString(C.ctr_container_report(container))
	p.name = C.GoString(C.ctr_container_name(container))
	p.args = words(C.ctr_container_command(container))
	p.notices = notices(container)
	pidfd := int(C.ctr_container_pidfd(container))
	p.gone = pidfd < 0
	poll, err := pollEither(int(C.ctr_container_event_fd(container)), pidfd)
	p.poll = poll
	return p, err
}

func notices(container *C.ctr_container) (texts []string) {
	for index := C.uint32_t(0); ; index++ {
		notice := C.ctr_container_notice(container, index)
		if notice == nil {
			return texts
		}
		texts = append(texts, C.GoString(notice))
	}
}

// pollEither returns a file, readable when one of the descriptors is that are not negative, that the runtime's poller can wait for. The library's descriptors stay as they are: an
// epoll instance of their own stands between, which may be non-blocking where they may not.
func pollEither(descriptors ...int) (*os.File, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	for _, fd := range descriptors {
		if err == nil && fd >= 0 {
			event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
			err = syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &event)
		}
	}
	if err == nil {
		err = syscall.SetNonblock(epoll, true)
	}
	if err != nil {
		syscall.Close(epoll)
		return nil, os.NewSyscallError("epoll", err)
	}
	return os.NewFile(uintptr(epoll), "container"), nil
}

// watch waits for the end in the runtime's poller, and then releases everything.
func (p *Process) watch(limit time.Duration, tell func(Event)) {
	if limit > 0 {
		_ = p.poll.SetReadDeadline(time.Now().Add(limit + slack)) // it is pollable
	}
	p.err = p.await(tell)
	for number, captures := range p.captures {
		if captures && p.err == nil {
			p.captured[number], _ = read(p.handle.container, number) // what cannot be read is not there
		}
	}
	p.poll.Close()
	p.info, _ = info(p.handle.container) // likewise
	if !p.keep || p.err != nil {
		p.handle.close()
	}
	close(p.done)
}

func (p *Process) await(tell func(Event)) error {
	conn, err := p.poll.SyscallConn()
	for over := p.gone; err == nil; over = true { // where the init keeps no deadline, asking makes the library keep it
		var failed error
		err = conn.Read(func(uintptr) bool {
			over, failed = p.advance(over, tell)
			return failed != nil || p.result.Kind != 0
		})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return p.awaited(err, failed)
		}
		err = p.poll.SetReadDeadline(time.Time{})
	}
	return p.awaited(err, nil)
}

// awaited chooses between what waiting ended with, and what asking did.
func (p *Process) awaited(err, failed error) error {
	switch {
	case p.released.Load(): // which closed the file
		return ErrReleased
	case err != nil:
		return err
	default:
		return failed
	}
}

// advance takes what happened; when the command has ended it asks for the result, which is there as soon as everything
// is gone.
func (p *Process) advance(over bool, tell func(Event)) (bool, error) {
	over = p.takeEvents(tell) || over
	if !over {
		return false, nil
	}
	result := C.ctr_result{size: C.uint32_t(unsafe.Sizeof(C.ctr_result{}))}
	var problem *C.ctr_error
	err := failure(C.ctr_wait(p.handle.container, 0, &result, &problem), problem)
	if err == nil {
		p.result = resultOf(&result)
	} else if errors.Is(err, TimedOut) {
		err = nil
	}
	return true, err
}

// takeEvents tells whether the last one was among them.
func (p *Process) takeEvents(tell func(Event)) (over bool) {
	for {
		event := C.ctr_event{size: C.uint32_t(unsafe.Sizeof(C.ctr_event{}))}
		if C.ctr_next_event(p.handle.container, &event, nil) != 0 {
			return over
		}
		over = over || event.kind == C.CTR_EVENT_ENDED
		if tell != nil {
			tell(Event{Kind: EventKind(event.kind), Code: int(event.code)})
		}
	}
}
