// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"strings"
)

const seccompProfiles = " default build strict contained crabcan unconfined "

// applySeccomp takes a built-in profile by its name, or a file with one of JSON or with a program.
func applySeccomp(s *setup, u use, name string) *problem {
	if strings.Contains(seccompProfiles, " "+name+" ") {
		s.on("ctr_config_set_seccomp", u).SetSeccomp(name)
		return nil
	}
	if _, err := os.Stat(name); err != nil && !strings.Contains(name, "/") {
		return u.bad(name, "neither a seccomp profile nor a file")
	}
	content, _, failed := readFile(u, name)
	if failed != nil {
		return failed
	}
	if text := strings.TrimLeft(string(content), " \t\r\n"); strings.HasPrefix(text, "{") {
		s.on("ctr_config_set_seccomp_json", u).SetSeccompJSON(string(content))
	} else {
		s.on("ctr_config_set_seccomp_bpf", u).SetSeccompBPF(content)
	}
	return nil
}
