// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"libctr/ctr"
)

// mountWords is what --mount says.
type mountWords struct {
	kind, source, target string
	options, words       []string
	mode                 *uint32
}

// fields splits at commas; a field in double quotes may hold some.
func fields(text string) ([]string, bool) {
	list, inside := []string{""}, false
	for i := 0; i < len(text); i++ {
		last := &list[len(list)-1]
		switch {
		case text[i] == ',' && !inside:
			list = append(list, "")
		case text[i] == '"' && inside && strings.HasPrefix(text[i+1:], `"`):
			*last += `"`
			i++
		case text[i] == '"' && (inside || *last == ""):
			inside = !inside
		default:
			*last += text[i : i+1]
		}
	}
	return list, !inside
}

func readMount(u use) (*mountWords, *problem) {
	list, whole := fields(u.text)
	if !whole {
		return nil, u.bad(u.text, "not a mount: a quotation mark is missing")
	}
	m := &mountWords{kind: "bind"}
	for _, field := range list {
		key, value, more := strings.Cut(field, "=")
		if !more {
			m.words = append(m.words, field)
		} else if failed := m.take(u, key, value); failed != nil {
			return nil, failed
		}
	}
	if m.target == "" {
		return nil, u.bad(u.text, "not a mount: it has no target")
	}
	return m, nil
}

func (m *mountWords) take(u use, key, value string) *problem {
	switch key {
	case "type":
		m.kind = value
	case "source", "src":
		m.source = value
	case "target", "dst", "destination":
		m.target = value
	case "readonly", "ro":
		word, known := map[string]string{"true": "ro", "false": "rw"}[value]
		if !known {
			return u.bad(value, "neither true nor false")
		}
		m.words = append(m.words, word)
	case "mode", "tmpfs-mode":
		mode, is := parseOctal(value)
		if !is || mode > 0o7777 {
			return u.bad(value, "not an octal mode")
		}
		m.mode = &mode
	case "size", "tmpfs-size", "nr_inodes":
		m.options = append(m.options, strings.TrimPrefix(key, "tmpfs-")+"="+value)
	case "options":
		m.options = append(m.options, strings.Split(value, ":")...)
	default:
		return u.bad(key, "not a key of a mount")
	}
	return nil
}

var mountDefaults = map[string]ctr.MountFlags{
	"bind": ctr.Bind | ctr.Recursive, "tmpfs": ctr.NoSUID | ctr.NoDev, "devpts": ctr.NoSUID | ctr.NoExec,
	"proc": ctr.NoSUID | ctr.NoDev | ctr.NoExec, "sysfs": ctr.NoSUID | ctr.NoDev | ctr.NoExec,
	"mqueue": ctr.NoSUID | ctr.NoDev | ctr.NoExec, "cgroup": ctr.NoSUID | ctr.NoDev | ctr.NoExec,
	"cgroup2": ctr.NoSUID | ctr.NoDev | ctr.NoExec,
}

func applyMount(s *setup, u use) *problem {
	m, failed := readMount(u)
	if failed != nil {
		return failed
	}
	switch m.kind {
	case "file", "symlink", "dir":
		return m.addSpecial(s, u)
	}
	flags, known := mountDefaults[m.kind]
	if !known {
		return u.bad(m.kind, "not a type of mount")
	}
	return m.addMount(s, u, flags)
}

func (m *mountWords) addMount(s *setup, u use, flags ctr.MountFlags) *problem {
	bind, words := m.kind == "bind", plainWords
	if bind {
		words = bindWords
	}
	if bind != (m.source != "") || (bind && m.mode != nil) {
		return u.bad(u.text, "not a mount: its source or mode does not fit its type")
	}
	for _, name := range m.words {
		if !change(&flags, words, name) {
			return u.bad(name, "not an option of this type of mount")
		}
	}
	if m.mode != nil {
		m.options = append(m.options, fmt.Sprintf("mode=%04o", *m.mode))
	}
	if m.kind == "cgroup" {
		m.kind = "cgroup2"
	}
	s.on("ctr_add_mount", u).AddMount(m.source, m.target, m.kind, flags, strings.Join(m.options, ","))
	return nil
}

func (m *mountWords) addSpecial(s *setup, u use) *problem {
	for _, name := range m.words {
		if m.kind != "file" || (name != "ro" && name != "readonly") {
			return u.bad(name, "not an option of this type of mount")
		}
	}
	if len(m.options) > 0 || (m.kind == "dir") != (m.source == "") || (m.kind == "symlink" && m.mode != nil) {
		return u.bad(u.text, "not a mount: it has what its type cannot have, or lacks a source")
	}
	switch m.kind {
	case "file":
		return addFile(s, u, m.target, m.source, m.mode)
	case "symlink":
		s.on("ctr_config_add_symlink", u).AddSymlink(m.source, m.target)
	default:
		mode := uint32(0o755)
		if m.mode != nil {
			mode = *m.mode
		}
		s.on("ctr_config_add_dir", u).AddDir(m.target, mode)
	}
	return nil
}
