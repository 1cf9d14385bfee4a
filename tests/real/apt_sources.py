#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints this machine's own package sources, in deb822 form, reduced to the distribution it runs.

usage: apt_sources.py deb|deb-src

The first type makes a root file system of them, the second fetches source packages, also where only
binary packages are configured: the archives carry both. Sources of others are left out.
"""

import pathlib
import platform
import re
import sys

APT = pathlib.Path("/etc/apt")
ONE_LINE = re.compile(r"^(deb|deb-src)\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
OPTION_FIELDS = {"signed-by": "Signed-By", "trusted": "Trusted", "arch": "Architectures",
                 "check-valid-until": "Check-Valid-Until"}


def stanzas_of_list(text):
    """The old form: one source per line."""
    for line in text.splitlines():
        match = ONE_LINE.match(line.split("#")[0].strip())
        if not match:
            continue
        stanza = {"URIs": match["uri"], "Suites": match["suite"], "Components": match["components"]}
        for option in (match["options"] or "").split():
            name, _, value = option.partition("=")
            if name.lower() in OPTION_FIELDS:
                stanza[OPTION_FIELDS[name.lower()]] = value.replace(",", " ")
        yield stanza


def stanzas_of_sources(text):
    """The deb822 form: fields, with continuation lines such as those of a key that is written out."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in re.split(r"\n\s*\n", lines):
        stanza = {}
        for field in re.finditer(r"^(\S+):[ \t]*(.*(?:\n[ \t]+.*)*)", block, re.MULTILINE):
            stanza[field[1]] = field[2].strip("\n")
        if stanza and stanza.pop("Enabled", "yes").strip().lower() not in ("no", "false", "0"):
            yield stanza


def all_stanzas():
    lists = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*.list"))]
    for path in filter(pathlib.Path.is_file, lists):
        yield from stanzas_of_list(path.read_text())
    for path in sorted((APT / "sources.list.d").glob("*.sources")):
        yield from stanzas_of_sources(path.read_text())


def reduced(stanza, codename, kind):
    """The stanza with the distribution's own suites only, or None when it has none of them."""
    wanted = {codename + suffix for suffix in ("", "-updates", "-security")}
    suites = [suite for suite in stanza.get("Suites", "").split() if suite in wanted]
    if not suites or "main" not in stanza.get("Components", "").split():
        return None
    return {**stanza, "Types": kind, "Suites": " ".join(suites)}


def main():
    if sys.argv[1:] not in (["deb"], ["deb-src"]):
        sys.exit(__doc__.strip())
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    found = {}
    for stanza in filter(None, (reduced(one, codename, sys.argv[1]) for one in all_stanzas())):
        found["\n".join(f"{field}: {value}" for field, value in stanza.items())] = True
    if not found:
        sys.exit(f"apt_sources.py: no package source for \"{codename}\" is configured in {APT}")
    print("\n\n".join(found))


if __name__ == "__main__":
    main()
