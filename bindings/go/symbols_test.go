// SPDX-License-Identifier: MIT

package ctr_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestEveryFunctionOfTheLibraryIsBound fails when the library has learned something that Go programs lack.
func TestEveryFunctionOfTheLibraryIsBound(t *testing.T) {
	list, err := os.ReadFile("../../lib/libctr.map")
	if err != nil {
		t.Skipf("the library's list of symbols is not here: %v", err)
	}
	elsewhere := map[string]string{
		"ctr_spawn":            "ctr_spawn_with without options",
		"ctr_config_set_stdio": "", // called twice: SetStream and SetStreamFD
	}
	var sources []byte
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		if content, err := os.ReadFile(name); err == nil && filepath.Base(name) != "symbols_test.go" {
			sources = append(sources, content...)
		}
	}
	symbols := regexp.MustCompile(`(?m)^\s+(ctr_\w+);`).FindAllSubmatch(list, -1)
	if len(symbols) < 50 {
		t.Fatalf("only %d symbols were found", len(symbols))
	}
	for _, symbol := range symbols {
		name := string(symbol[1])
		if elsewhere[name] == "" && !regexp.MustCompile(`C\.`+name+`\(`).Match(sources) {
			t.Errorf("%s has no method", name)
		}
	}
}
