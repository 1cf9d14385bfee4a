// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"strconv"
	"strings"

	"libctr/ctr"
)

// signed is an option whose value is a whole number.
func signed(call string, method func(*ctr.Container, int32)) func(*setup, use) *problem {
	return func(s *setup, u use) *problem {
		number, err := strconv.ParseInt(u.text, 10, 32)
		if err != nil || !isDigits(strings.TrimPrefix(u.text, "-")) {
			return u.bad(u.text, "not a number")
		}
		method(s.on(call, u), int32(number))
		return nil
	}
}

func applyPIDsLimit(s *setup, u use) *problem {
	count, is := parseNumber(u.text, math.MaxUint64)
	if !is && u.text != "-1" {
		return u.bad(u.text, "not a number of processes")
	}
	s.on("ctr_config_set_pids_limit", u).SetPIDsLimit(count)
	return nil
}

var landlockPaths = map[string]uint64{"read": ctr.LandlockRead, "write": ctr.LandlockRead | ctr.LandlockWrite,
	"exec": ctr.LandlockRead | ctr.LandlockExecute}

var landlockPorts = map[string]uint64{"bind": ctr.LandlockBind, "connect": ctr.LandlockConnect}

var landlockScopes = map[string]uint64{"sockets": ctr.LandlockScopeSockets, "signals": ctr.LandlockScopeSignals}

var landlockModes = map[string]ctr.LandlockMode{"required": ctr.LandlockRequired, "preferred": ctr.LandlockPreferred}

func applyLandlock(s *setup, u use) *problem {
	name, value, more := strings.Cut(u.text, "=")
	scope, isScope := landlockScopes[value]
	mode, isMode := landlockModes[value]
	switch {
	case more && landlockPaths[name] != 0:
		s.on("ctr_config_add_landlock_path", u).AddLandlockPath(value, landlockPaths[name])
	case more && landlockPorts[name] != 0:
		port, is := parseNumber(value, math.MaxUint16)
		if !is {
			return u.bad(value, "not a port")
		}
		s.on("ctr_config_add_landlock_port", u).AddLandlockPort(uint32(port), landlockPorts[name])
	case name == "scope" && isScope: // several add up, and the method takes them together
		s.landlockScope |= scope
		s.on("ctr_config_set_landlock_scope", u).SetLandlockScope(s.landlockScope)
	case name == "mode" && isMode:
		s.on("ctr_config_set_landlock_mode", u).SetLandlockMode(mode)
	default:
		return u.bad(u.text, "no restriction of Landlock")
	}
	return nil
}
