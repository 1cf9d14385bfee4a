// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"
	"strings"

	"libctr/ctr"
)

// A setup is what a command line describes.
type setup struct {
	box        *ctr.Container
	forRun     bool
	calls      map[string][]string // on whose behalf each call of the library happened
	outcomes   map[string]*os.File
	reportPath string
	newuidmap  string
	newgidmap  string

	landlockScope uint64

	tty         bool
	interactive bool
	detach      bool
	name        string
	nameFlags   uint64
	stateDir    string
	ofNames     ofNames

	json  bool
	quiet bool
	debug bool
}

func newSetup(forRun bool) *setup {
	return &setup{box: ctr.New(), forRun: forRun, calls: map[string][]string{}, outcomes: map[string]*os.File{}}
}

// on remembers that the next call of a function of the library is an option's wish.
func (s *setup) on(call string, u use) *ctr.Container {
	s.calls[call] = append(s.calls[call], u.label())
	return s.box
}

// origin is the option that asked for a call; of its last call for -1.
func (s *setup) origin(call string, index int) string {
	made := s.calls[call]
	if index == -1 {
		index = len(made) - 1
	}
	if index < 0 || index >= len(made) {
		return ""
	}
	return made[index]
}

// An option is a row of the table.
type option struct {
	short string
	name  string
	value bool // it has one
	adds  bool // it may be given several times
	early bool // it says whom to tell, and so comes first
	apply func(s *setup, u use) *problem
}

// A use is one option of a command line.
type use struct {
	*option
	text  string
	count int
}

func (u use) label() string {
	if u.adds {
		return fmt.Sprintf("%s %d", u.name, u.count)
	}
	return u.name
}

// bad is a value that cannot be parsed.
func (u use) bad(text, what string) *problem {
	failed := usage("%s is %s", quoted(text), what)
	failed.option = u.label()
	return failed
}

type table []*option

func (t table) find(match func(*option) bool) *option {
	for _, o := range t {
		if match(o) {
			return o
		}
	}
	return nil
}

func (t table) byName(name string) *option {
	return t.find(func(o *option) bool { return o.name == name || (name == "network" && o.name == "net") })
}

// tableOf holds what a command understands.
func tableOf(command string) table {
	var t table
	for i := range options {
		name := " " + options[i].name + " "
		switch {
		case command == "run" || command == "explain",
			command == "exec" && strings.Contains(ofExec, name),
			command != "exec" && strings.Contains(" state-dir quiet json ", name):
			t = append(t, &options[i])
		}
	}
	if own, has := ownOptions[command]; has {
		t = append(t, &own)
	}
	return t
}

// parse splits a command line into options and the words of the command.
func (t table) parse(arguments []string) (uses []use, words []string, failed *problem) {
	counts := map[*option]int{}
	add := func(o *option, text string) {
		counts[o]++
		uses = append(uses, use{o, text, counts[o]})
	}
	next := func(o *option, spelling string) *problem {
		if len(arguments) == 0 || arguments[0] == "--" {
			return usage("option %s needs a value", quoted(spelling))
		}
		add(o, arguments[0])
		arguments = arguments[1:]
		return nil
	}
	for len(arguments) > 0 && len(arguments[0]) > 1 && arguments[0][0] == '-' && failed == nil {
		word := arguments[0]
		arguments = arguments[1:]
		if word == "--" {
			break
		}
		if strings.HasPrefix(word, "--") {
			failed = t.parseLong(word, add, next)
		} else {
			failed = t.parseBundle(word, add, next)
		}
	}
	return uses, arguments, failed
}

func (t table) parseLong(word string, add func(*option, string), next func(*option, string) *problem) *problem {
	name, text, attached := strings.Cut(word[2:], "=")
	o := t.byName(name)
	switch {
	case o == nil || name == "":
		return usage("unknown option %s", quoted("--"+name))
	case o.value && !attached:
		return next(o, word)
	case !o.value && attached:
		return usage("option %s takes no value", quoted("--"+name))
	}
	add(o, text)
	return nil
}

// parseBundle reads -q, -qe K=V, -eK=V and -e=K=V.
func (t table) parseBundle(word string, add func(*option, string), next func(*option, string) *problem) *problem {
	name, _, _ := strings.Cut(word[1:], "=")
	if len(name) > 1 && t.byName(name) != nil {
		return usage("unknown option %s", quoted("-"+name))
	}
	for i := 1; i < len(word); i++ {
		o := t.find(func(o *option) bool { return o.short == word[i:i+1] })
		switch {
		case o == nil:
			return usage("unknown option %s", quoted("-"+name))
		case !o.value:
			add(o, "")
		case i+1 == len(word):
			return next(o, "-"+word[i:])
		default:
			add(o, strings.TrimPrefix(word[i+1:], "="))
			return nil
		}
	}
	return nil
}

// describe turns what was said into a Container; what is said of the outcome comes first, so that it can be told.
func (s *setup) describe(uses []use, failed *problem) *problem {
	if told := s.apply(uses, true); told != nil && failed == nil {
		failed = told
	}
	if failed == nil {
		failed = checkPassed(uses)
	}
	if failed != nil {
		return failed
	}
	s.setStreams(given(uses, "detach"), given(uses, "tty"))
	if text, known := os.LookupEnv("TERM"); known && !given(uses, "clear-env") {
		s.on("ctr_config_add_env", use{option: &option{name: "TERM"}}).AddEnv("TERM", text)
	}
	failed = s.apply(uses, false)
	if s.newuidmap != "" || s.newgidmap != "" {
		s.on("ctr_config_set_id_helpers", use{option: &option{name: "newuidmap, newgidmap"}}).SetIDHelpers(s.newuidmap, s.newgidmap)
	}
	if failed == nil {
		failed = s.setName()
	}
	return failed
}

func given(uses []use, name string) bool {
	for _, u := range uses {
		if u.name == name {
			return true
		}
	}
	return false
}

func (s *setup) apply(uses []use, early bool) *problem {
	last := map[*option]int{}
	for _, u := range uses {
		last[u.option] = u.count
	}
	for _, u := range uses {
		if u.early != early || (!u.adds && u.count != last[u.option]) {
			continue
		}
		if failed := u.apply(s, u); failed != nil {
			return failed
		}
	}
	return nil
}
