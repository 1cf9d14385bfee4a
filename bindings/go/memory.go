// SPDX-License-Identifier: MIT

package ctr

// #include <stdlib.h>
// #include <ctr/ctr.h>
import "C"

import (
	"strings"
	"unsafe"
)

// memory is what C is lent for the time of one call.
type memory struct {
	blocks []unsafe.Pointer
	torn   bool // a text holds a zero byte, which would end it early
}

func (m *memory) free() {
	for _, block := range m.blocks {
		C.free(block)
	}
}

func (m *memory) allocate(count, size uintptr) unsafe.Pointer {
	block := C.calloc(C.size_t(count), C.size_t(size)) // cgo's own does not return when memory runs out
	if block == nil {
		panic("ctr: memory ran out")
	}
	m.blocks = append(m.blocks, block)
	return block
}

func (m *memory) text(text string) *C.char {
	m.torn = m.torn || strings.IndexByte(text, 0) >= 0
	copied := C.CString(text)
	m.blocks = append(m.blocks, unsafe.Pointer(copied))
	return copied
}

// optional is NULL for the empty text.
func (m *memory) optional(text string) *C.char {
	if text == "" {
		return nil
	}
	return m.text(text)
}

// list ends with NULL.
func (m *memory) list(texts []string) **C.char {
	first := (**C.char)(m.allocate(uintptr(len(texts)+1), unsafe.Sizeof((*C.char)(nil))))
	for i, text := range texts {
		unsafe.Slice(first, len(texts))[i] = m.text(text)
	}
	return first
}

// or is the error of a text that C could not be told, else err.
func (m *memory) or(err error) error {
	if m.torn {
		return invalid("", "a text must not hold a zero byte")
	}
	return err
}
