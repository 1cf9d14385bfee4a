# SPDX-License-Identifier: MIT
"""Completions: every command and every option, for three shells, from the same table as the help."""
import re
import shutil
import subprocess

import pytest

from harness import UNPARSABLE, assert_ok, assert_refused, command, ctr, need

pytestmark = pytest.mark.root_too

COMMANDS = re.compile(r"^  ([a-z]+) ", re.M)
OPTIONS = re.compile(r"^  (?:-(.), |    )--([a-z-]+)", re.M)


def commands():
    return COMMANDS.findall(assert_ok(ctr("help")).out.split("Commands:")[1].split("\n\n")[0])


def options_of(name):
    return OPTIONS.findall(assert_ok(ctr("help", name)).out)


def script(shell):
    return assert_ok(ctr("completion", shell)).out


def completed(line, directory="/"):
    """What bash offers at the end of a line."""
    program = command()[-1]
    words = f'ctr() {{ {program} "$@"; }}\n{script("bash")}\nCOMP_LINE=$1 COMP_POINT=${{#1}}\ncompopt() {{ :; }}\n_ctr\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    ended = subprocess.run(["bash", "-c", words, "bash", line], capture_output=True, text=True, check=False, cwd=directory)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return ended.stdout.split()


def test_completion_knows_every_command_and_option_in_every_shell():
    assert len(commands()) >= 10
    scripts = {shell: script(shell) for shell in ("bash", "zsh", "fish")}
    for name in commands():
        assert name in completed("ctr ")
        assert re.search(rf"^        {name}\) _arguments", scripts["zsh"], re.M), name
        assert f"-n '__fish_use_subcommand' -a {name} " in scripts["fish"]
        offered = completed(f"ctr {name} -")
        block = scripts["zsh"].split(f"\n        {name}) _arguments")[1].split(" ;;\n")[0]
        for short, long in options_of(name):
            assert f"--{long}" in offered, f"{name} --{long}"
            assert re.search(rf"'\*?--{long}[\[=]", block), f"zsh: {name} --{long}"
            assert re.search(rf"_from {name}'.* -l {long}( |$)", scripts["fish"], re.M), f"fish: {name} --{long}"
            if short:
                assert f"-{short}" in offered
                assert f"-s {short} -l {long} " in scripts["fish"]


def test_completion_of_values_fits_the_option(tmp_path):
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("")
    assert completed("ctr run --proc ") == ["fresh", "host", "none"]
    assert completed("ctr run --proc=h") == ["host"]
    assert completed("ctr run --network n") == ["none"]
    assert completed("ctr run --rootfs ", tmp_path) == ["directory"]
    assert sorted(completed("ctr run -v ", tmp_path)) == ["directory", "file"]
    assert completed("ctr run -v directory:/x --report f", tmp_path) == ["file"]
    assert completed("ctr run --stdin f", tmp_path) == ["file"]
    assert "null" in completed("ctr run --stdin n", tmp_path)
    assert completed("ctr run --timeout ") == []


def test_completion_behind_the_options_is_the_commands():
    assert "bash" in completed("ctr run -q bas")
    assert "bash" in completed("ctr run --timeout 1 -- bas")
    assert completed("ctr run -- true --rootf") == []
    assert completed("ctr completion ") == ["bash", "zsh", "fish"]
    assert "explain" in completed("ctr help expl")


def test_completion_scripts_are_accepted_by_their_shells(tmp_path):
    checked = 0
    for shell, words in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
        if not shutil.which(shell):
            continue
        (tmp_path / shell).write_text(script(shell))
        ended = subprocess.run([*words, tmp_path / shell], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, ""), f"{shell}: {ended}"
        checked += 1
    need(checked == 3, f"zsh or fish is not installed, and only {checked} of three scripts were read by their shells")


def test_completion_is_for_shells_that_are_known():
    assert_refused(ctr("completion", "csh"), "csh", "bash", code=UNPARSABLE)
    assert_refused(ctr("completion"), "one shell", code=UNPARSABLE)
    assert_refused(ctr("completion", "bash", "zsh"), "one shell", code=UNPARSABLE)
