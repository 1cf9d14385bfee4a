// SPDX-License-Identifier: MIT

package ctr

// #include <stdlib.h>
// #include <ctr/ctr.h>
import "C"

import (
	"time"
	"unsafe"
)

// NameRemove makes a name free again as soon as its container has ended.
const NameRemove uint64 = C.CTR_NAME_REMOVE

// SetName gives the container a name, under which Open finds it in the state directory.
func (c *Container) SetName(name string, flags uint64) {
	c.set("ctr_config_set_name", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_name(config, m.text(name), C.uint64_t(flags))
	})
}

// SetStateDirectory sets the directory that names live in, an absolute path.
func (c *Container) SetStateDirectory(path string) {
	c.set("ctr_config_set_state_directory", func(config *C.ctr_config, m *memory) C.int {
		return C.ctr_config_set_state_directory(config, m.text(path))
	})
}

// A State is what a container is doing. Others may be added.
type State uint32

// What a container is doing.
const (
	StateStarting State = C.CTR_STATE_STARTING
	StateRunning  State = C.CTR_STATE_RUNNING
	StatePaused   State = C.CTR_STATE_PAUSED
	StateEnded    State = C.CTR_STATE_ENDED
	StateLost     State = C.CTR_STATE_LOST
)

// A PauseMethod is how Pause stops what runs. Others may be added.
type PauseMethod uint32

// How Pause stops what runs.
const (
	PauseNone    PauseMethod = C.CTR_PAUSE_NONE
	PauseSignals PauseMethod = C.CTR_PAUSE_SIGNALS
	PauseFreezer PauseMethod = C.CTR_PAUSE_FREEZER
)

// Info is the state of a container.
type Info struct {
	State     State
	Pause     PauseMethod
	PID       int       // of the library's init; 0 where it has ended
	Created   time.Time // zero for a container without a name
	Ended     time.Time // zero before the end and where it is not known
	NameFlags uint64
}

func info(container *C.ctr_container) (Info, error) {
	from := C.ctr_info{size: C.uint32_t(unsafe.Sizeof(C.ctr_info{}))}
	var problem *C.ctr_error
	if err := failure(C.ctr_container_info(container, &from, &problem), problem); err != nil {
		return Info{}, err
	}
	return Info{
		State:     State(from.state),
		Pause:     PauseMethod(from.pause_method),
		PID:       int(from.pid),
		Created:   timeOf(from.created_ns),
		Ended:     timeOf(from.ended_ns),
		NameFlags: uint64(from.name_flags),
	}, nil
}

func timeOf(nanoseconds C.uint64_t) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(nanoseconds))
}

// Info returns the state of the container; of one that was started here and has ended, that at its end.
func (p *Process) Info() (Info, error) {
	container := p.handle.acquire()
	if container == nil {
		<-p.done
		return p.info, nil
	}
	defer p.handle.release()
	return info(container)
}

// Name returns the name of the container, or "".
func (p *Process) Name() string { return p.name }

// Args returns the words of the container's command.
func (p *Process) Args() []string { return p.args }

// Pause stops every process of the container until Resume. Deadlines go on.
func (p *Process) Pause() error {
	return p.do("pause", func(container *C.ctr_container, problem **C.ctr_error) C.int {
		return C.ctr_pause(container, problem)
	})
}

// Resume lets every process of the container go on.
func (p *Process) Resume() error {
	return p.do("resume", func(container *C.ctr_container, problem **C.ctr_error) C.int {
		return C.ctr_resume(container, problem)
	})
}

// Open finds the container of a name, running or ended, whoever of the same user started it. Close releases the
// Process, and ends nothing but further commands that were started by it.
func Open(stateDirectory, name string) (*Process, error) {
	container, err := open(stateDirectory, name, 0)
	if err != nil {
		return nil, err
	}
	p, err := newProcess(container, nil)
	if err != nil {
		p.handle.close()
		return nil, err
	}
	p.keep = true
	p.found = true
	go p.watch(0, nil)
	return p, nil
}

// Look returns what was written down about the container of a name, without asking its init.
func Look(stateDirectory, name string) (Info, []string, error) {
	container, err := open(stateDirectory, name, C.CTR_OPEN_LOOK)
	if err != nil {
		return Info{}, nil, err
	}
	defer C.ctr_container_free(container)
	state, err := info(container)
	return state, words(C.ctr_container_command(container)), err
}

// Logs returns what is there of a captured stream of the container of a name, likewise without asking its init.
func Logs(stateDirectory, name string, number int) (*Captured, error) {
	container, err := open(stateDirectory, name, C.CTR_OPEN_LOOK)
	if err != nil {
		return nil, err
	}
	defer C.ctr_container_free(container)
	return read(container, number)
}

func open(stateDirectory, name string, flags C.uint64_t) (*C.ctr_container, error) {
	var m memory
	defer m.free()
	var container *C.ctr_container
	var problem *C.ctr_error
	returned := C.ctr_open(m.text(stateDirectory), m.text(name), flags, &container, &problem)
	return container, m.or(failure(returned, problem))
}

// Names lists the names that are taken, in alphabetical order.
func Names(stateDirectory string) ([]string, error) {
	var m memory
	defer m.free()
	var list **C.char
	var problem *C.ctr_error
	err := failure(C.ctr_names(m.text(stateDirectory), &list, &problem), problem)
	defer C.free(unsafe.Pointer(list))
	return words(list), m.or(err)
}

// Remove frees the name of an ended container, and removes what was kept of it.
func Remove(stateDirectory, name string) error {
	var m memory
	defer m.free()
	var problem *C.ctr_error
	directory, word := m.text(stateDirectory), m.text(name)
	if m.torn { // before something else is removed
		return m.or(nil)
	}
	return failure(C.ctr_remove(directory, word, &problem), problem)
}

// words copies a list that ends with NULL.
func words(list **C.char) []string {
	var copied []string
	for list != nil && *list != nil {
		copied = append(copied, C.GoString(*list))
		list = (**C.char)(unsafe.Add(unsafe.Pointer(list), unsafe.Sizeof(*list)))
	}
	return copied
}
