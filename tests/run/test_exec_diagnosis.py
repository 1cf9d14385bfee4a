# SPDX-License-Identifier: MIT
"""Why a command cannot be started: never a bare errno, always the file that is to blame and its own cause."""
import os
import pathlib
import platform
import shutil

import pytest

import elf
from harness import NOT_EXECUTABLE, NOT_FOUND, SETUP_FAILED, assert_ok, assert_refused, need, run

pytestmark = pytest.mark.root_too
NO_COMMAND_CODE, NOT_EXECUTABLE_CODE = 6, 7


def not_found(box, *words, command, options=()):
    ended = box.outcome(*options, "--", *command)
    assert (ended.code, ended.result) == (NOT_FOUND, None), str(ended.ended)
    assert (ended.error["code"], ended.error["step"]) == (NO_COMMAND_CODE, "exec")
    return assert_refused(box(*options, "--", *command), *words, code=NOT_FOUND)


def not_executable(box, *words, command, options=()):
    ended = box.outcome(*options, "--", *command)
    assert (ended.code, ended.result) == (NOT_EXECUTABLE, None), str(ended.ended)
    assert (ended.error["code"], ended.error["step"]) == (NOT_EXECUTABLE_CODE, "exec")
    return assert_refused(box(*options, "--", *command), *words, code=NOT_EXECUTABLE)


# -------------------------------------------------------------------------------------------- missing

def test_missing_path_is_not_found(box):
    not_found(box, "/bin/missing", command=["/bin/missing"])


def test_missing_name_tells_the_path_that_was_searched(box):
    not_found(box, "nope", "PATH", "/bin", command=["nope"])
    not_found(box, "nope", "PATH", "/data:/etc", command=["nope"], options=["-e", "PATH=/data:/etc"])


def test_missing_path_is_looked_up_in_the_container_and_not_on_the_host(box):
    need(os.path.exists("/usr/bin/cc"), "no /usr/bin/cc on the host")
    not_found(box, "/usr/bin/cc", command=["/usr/bin/cc"])


def test_missing_name_ignores_the_callers_path(box, host):
    tool = host / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    assert box("--", "tool", env={"PATH": f"{host}:{os.environ['PATH']}"}).code == NOT_FOUND


def test_missing_directory_of_a_path_is_not_found(box):
    not_found(box, "/no/such/dir/tool", command=["/no/such/dir/tool"])


def test_missing_because_a_parent_is_a_file(box):
    ended = box("--", "/etc/passwd/tool")
    assert ended.code in (NOT_FOUND, NOT_EXECUTABLE)
    assert "/etc/passwd/tool" in ended.err


def test_missing_target_of_a_symlink_is_not_found(box):
    (box.root / "bin/dangling").symlink_to("/nowhere/tool")
    not_found(box, "/bin/dangling", command=["/bin/dangling"])


def test_missing_relative_path_is_resolved_in_the_working_directory(box):
    box.write("data/tool", "#!/bin/sh\necho here\n", 0o755)
    assert box("-w", "/data", "--", "./tool").out == "here\n"
    not_found(box, "./tool", command=["./tool"], options=["-w", "/etc"])


def test_missing_empty_command_is_refused(box):
    assert box("--", "").code in (NOT_FOUND, SETUP_FAILED)


# ----------------------------------------------------------------------------------------- PATH lookup

def tool_in(box, directory, text, mode=0o755):
    box.write(f"{directory}/tool", f"#!/bin/sh\necho {text}\n", mode)


def test_path_lookup_takes_the_first_match(box):
    tool_in(box, "one", "first")
    tool_in(box, "two", "second")
    assert box("-e", "PATH=/one:/two", "--", "tool").out == "first\n"
    assert box("-e", "PATH=/two:/one", "--", "tool").out == "second\n"


def test_path_lookup_goes_on_after_a_file_that_is_not_executable(box):
    tool_in(box, "one", "first", 0o644)
    tool_in(box, "two", "second")
    assert box("-e", "PATH=/one:/two:/bin", "--", "tool").out == "second\n"


def test_path_lookup_goes_on_after_directories_files_and_holes(box):
    (box.root / "one/tool").mkdir(parents=True)
    tool_in(box, "two", "second")
    ended = box("-e", "PATH=/one:/absent:/etc/passwd:/two:/bin", "--", "tool")
    assert ended.out == "second\n"


def test_path_lookup_of_an_empty_element_is_the_working_directory(box):
    tool_in(box, "data", "here")
    assert box("-e", "PATH=:/bin", "-w", "/data", "--", "tool").out == "here\n"


def test_path_lookup_that_finds_only_unusable_files_says_so(box):
    tool_in(box, "one", "first", 0o644)
    not_executable(box, "tool", command=["tool"], options=["-e", "PATH=/one:/absent"])


def test_path_lookup_does_not_apply_to_words_with_a_slash(box):
    tool_in(box, "one/sub", "first")
    assert box("-e", "PATH=/one", "--", "sub/tool").code == NOT_FOUND


# -------------------------------------------------------------------------------------- not executable

def test_not_executable_file_without_permission(box):
    not_executable(box, "/data/tool", ("permission", "executable"), command=[box.write("data/tool", "#!/bin/sh\n", 0o644)])


def test_not_executable_directory(box):
    not_executable(box, "/data", "directory", command=["/data"])


def test_not_executable_on_a_noexec_mount(box, host):
    shutil.copy("/bin/true", host / "tool")
    not_executable(box, "noexec", command=["/data/tool"], options=["-v", f"{host}:/data:noexec"])


def test_not_executable_causes_differ(box, host):
    shutil.copy("/bin/true", host / "tool")
    box.write("data/tool", "#!/bin/sh\n", 0o644)
    said = [box("--", "/data/tool").err, box("--", "/data").err, box("-v", f"{host}:/data:noexec", "--", "/data/tool").err]
    assert len({text.replace("/data/tool", "/data") for text in said}) == 3


def test_not_executable_fifo_does_not_hang(box):
    os.mkfifo(box.root / "data/fifo", 0o755)
    not_executable(box, "/data/fifo", command=["/data/fifo"])


def test_not_executable_device_does_not_hang(box):
    not_executable(box, "/dev/zero", command=["/dev/zero"])


def test_not_executable_while_it_is_being_written(box):
    shutil.copy(box.root / "bin/busybox", box.root / "data/tool")
    with open(box.root / "data/tool", "r+b"):
        ended = box("--", "/data/tool")
    assert_refused(ended, "/data/tool", ("busy", "writ"), code=NOT_EXECUTABLE)


def test_not_executable_behind_a_closed_directory(box):
    box.write("closed/tool", "#!/bin/sh\n", 0o755)
    (box.root / "closed").chmod(0)
    ended = box("--map", "single", "--user", "1000", "--", "/closed/tool")
    (box.root / "closed").chmod(0o755)
    assert_refused(ended, "/closed/tool", ("permission", "search", "executable", "denied"), code=NOT_EXECUTABLE)


def test_not_executable_because_the_words_are_too_long(box):
    not_executable(box, "too large", command=["true", *["x" * 100_000] * 10], options=["--ulimit", "stack=262144"])


@pytest.mark.parametrize("path", ["/proc/self/fd/9", "/dev/stdin", "/proc/self/root/data/plain"])
def test_not_executable_file_that_only_the_command_sees_is_not_called_missing(box, path):
    box.write("data/plain", "text", 0o644)
    ended = box("--pass-fd", "9", "--", path, prelude="exec 9</etc/passwd </etc/passwd")
    assert "does not exist" not in assert_refused(ended, path, "permission denied", code=NOT_EXECUTABLE).err


# ------------------------------------------------------------------------------------------- the loader

def dynamic_program():
    loader = elf.interpreter_of("/bin/true")
    need(loader, "/bin/true is not a dynamic 64-bit program")
    return loader


def test_missing_loader_is_named(box):
    loader = dynamic_program()
    not_found(box, loader, command=[box.add("/bin/true", "dynamic")])


def test_missing_loader_is_named_when_found_by_path_lookup(box):
    loader = dynamic_program()
    box.add("/bin/true", "dynamic")
    not_found(box, loader, command=["dynamic"])


def test_missing_loader_of_an_odd_name_is_named(box):
    content = elf.executable(platform.machine(), interpreter="/opt/odd/ld.so")
    not_found(box, "/opt/odd/ld.so", command=[box.write("bin/odd", content, 0o755)])


def test_missing_loader_that_is_not_executable_is_named(box):
    box.write("opt/ld.so", "no loader", 0o644)
    content = elf.executable(platform.machine(), interpreter="/opt/ld.so")
    ended = box("--", box.write("bin/odd", content, 0o755))
    assert_refused(ended, "/opt/ld.so", code=NOT_EXECUTABLE)


def test_missing_loader_is_no_matter_where_it_is_there(box):
    loader = dynamic_program()
    box.write(loader, pathlib.Path(loader).read_bytes(), 0o755)
    ended = box.outcome("--", box.add("/bin/true", "dynamic"))
    assert ended.kind == "exited"
    assert "libc" in ended.ended.err


def test_loop_of_symlinks_in_place_of_a_loader_or_an_interpreter_is_told(box):
    (box.root / "data/loop").symlink_to("loop")
    content = elf.executable(platform.machine(), interpreter="/data/loop")
    not_executable(box, "/data/loop", "leads to itself", command=[box.write("bin/odd", content, 0o755)])
    not_executable(box, "/data/loop", "leads to itself", command=[box.write("data/script", "#!/data/loop\n", 0o755)])


# -------------------------------------------------------------------------------------- the interpreter

def test_missing_interpreter_is_named(box):
    not_found(box, "/bin/nosuch", command=[box.write("data/script", "#!/bin/nosuch\n", 0o755)])


def test_missing_interpreter_with_words_is_named_alone(box):
    ended = not_found(box, "/opt/nosuch", command=[box.write("data/script", "#! /opt/nosuch -x -y\n", 0o755)])
    assert "/opt/nosuch -x" not in ended.err


def test_missing_interpreter_because_of_a_carriage_return_says_so(box):
    script = box.write("data/script", "#!/bin/sh\r\necho never\r\n", 0o755)
    not_found(box, "/bin/sh", ("carriage return", "\\r", "crlf", "(cr)", "0x0d"), command=[script])
    script = box.write("data/script", "#!/bin/nosuch\r\n", 0o755)
    not_found(box, "/bin/nosuch", ("carriage return", "\\r", "crlf", "(cr)", "0x0d"), command=[script])


def test_missing_interpreter_does_not_send_a_carriage_return_to_the_terminal(box):
    script = box.write("data/script", "#!/bin/sh\r\n", 0o755)
    assert "\r" not in box("--", script).err


def test_missing_interpreter_of_an_inner_script_is_named(box):
    box.write("data/inner", "#!/opt/nosuch\n", 0o755)
    not_found(box, "/opt/nosuch", command=[box.write("data/outer", "#!/data/inner\n", 0o755)])


def test_missing_interpreters_loader_is_named(box):
    loader = dynamic_program()
    box.add("/bin/true", "dynamic")
    not_found(box, loader, command=[box.write("data/script", "#!/bin/dynamic\n", 0o755)])


def test_missing_interpreter_for_env_is_the_payloads_affair(box):
    (box.root / "usr/bin").mkdir(parents=True)
    (box.root / "usr/bin/env").symlink_to("/bin/busybox")
    script = box.write("data/script", "#!/usr/bin/env nosuch\n", 0o755)
    ended = box.outcome("--", script)
    assert (ended.kind, ended.result["code"]) == ("exited", 127)


def test_interpreter_gets_its_words(box):
    script = box.write("data/script", "#!/bin/sh -e\nfalse\necho never\n", 0o755)
    assert box("--", script).code == 1
    script = box.write("data/script", "#!/bin/echo   one two  \n", 0o755)
    assert box("--", script, "three").out == "one two /data/script three\n"


def test_interpreter_may_be_a_script_itself(box):
    box.write("data/inner", "#!/bin/sh\necho inner \"$@\"\n", 0o755)
    assert box("--", box.write("data/outer", "#!/data/inner\n", 0o755), "word").out == "inner /data/outer word\n"


def test_interpreter_that_is_not_executable_is_named(box):
    box.write("data/inner", "#!/bin/sh\n", 0o644)
    not_executable(box, "/data/inner", command=[box.write("data/outer", "#!/data/inner\n", 0o755)])


def test_interpreter_that_is_a_directory_is_named(box):
    not_executable(box, "/etc", command=[box.write("data/outer", "#!/etc\n", 0o755)])


def test_interpreter_nested_too_deep_is_told(box):
    for depth in range(8):
        box.write(f"data/s{depth}", f"#!/data/s{depth + 1}\n", 0o755)
    box.write("data/s8", "#!/bin/sh\n", 0o755)
    not_executable(box, ("nested", "interpreter"), command=["/data/s0"])


def test_interpreter_line_that_is_too_long_is_told(box):
    script = box.write("data/script", "#!/bin/" + "x" * 300 + "\n", 0o755)
    not_executable(box, "/data/script", "long", command=[script])


def test_interpreter_line_with_long_words_still_works(box):
    script = box.write("data/script", "#!/bin/true " + "x" * 300 + "\n", 0o755)
    assert_ok(box("--", script))


def test_interpreter_line_without_an_interpreter_is_told(box):
    not_executable(box, "/data/script", "interpreter", command=[box.write("data/script", "#!\necho x\n", 0o755)])
    not_executable(box, "/data/script", "interpreter", command=[box.write("data/script", "#!   \necho x\n", 0o755)])


# ------------------------------------------------------------------------------------ foreign, garbage

def test_foreign_arch_names_both_architectures(box):
    need(not registered(elf.OTHER), f"binfmt_misc runs {elf.OTHER} programs here")
    tool = box.write("data/tool", elf.executable(elf.OTHER), 0o755)
    not_executable(box, ("aarch64", "arm64"), ("x86-64", "x86_64", "amd64"), command=[tool])


@pytest.mark.parametrize("machine, bits, order, said", [("riscv64", 64, "little", ("risc-v", "riscv")),
                                                        ("s390x", 64, "big", ("s390",)), ("arm", 32, "little", ("arm",)),
                                                        ("ppc64le", 64, "little", ("power", "ppc"))])
def test_foreign_arch_of_other_kinds_is_named(box, machine, bits, order, said):
    need(not registered(machine), f"binfmt_misc runs {machine} programs here")
    not_executable(box, said, command=[box.write("data/tool", elf.executable(machine, bits, order), 0o755)])


def test_foreign_arch_of_an_interpreter_names_the_interpreter(box):
    need(not registered(elf.OTHER), f"binfmt_misc runs {elf.OTHER} programs here")
    box.write("data/tool", elf.executable(elf.OTHER), 0o755)
    not_executable(box, "/data/tool", ("aarch64", "arm64", "x86"), command=[box.write("data/script", "#!/data/tool\n", 0o755)])


def registered(machine):
    names = {"s390x": "s390x", "arm": "arm"}.get(machine, machine)
    return os.path.exists(f"/proc/sys/fs/binfmt_misc/qemu-{names}")


def test_garbage_text_without_an_interpreter_line_is_told(box):
    not_executable(box, "/data/text", ("#!", "format", "script"), command=[box.write("data/text", "echo hello\n", 0o755)])


def test_garbage_empty_file_is_told(box):
    not_executable(box, "/data/empty", "empty", command=[box.write("data/empty", "", 0o755)])


@pytest.mark.parametrize("content", [b"\0" * 100, b"\x7fELF", b"\x7fELF\x02\x01\x01" + b"\xff" * 57, b"#", b"MZ" + b"\0" * 100,
                                     bytes(range(128, 256)) * 40])
def test_garbage_bytes_are_told(box, content):
    not_executable(box, "/data/junk", command=[box.write("data/junk", content, 0o755)])


def test_garbage_program_headers_far_away_are_told(box):
    content = bytearray(elf.executable(elf.OTHER))
    content[32:40] = b"\xff" * 8
    assert box("--", box.write("data/junk", bytes(content), 0o755)).code == NOT_EXECUTABLE


def test_garbage_cut_off_program_is_told(box):
    content = (box.root / "bin/busybox").read_bytes()[:100]
    assert box("--", box.write("data/junk", content, 0o755)).code == NOT_EXECUTABLE


def test_loop_of_symlinks_is_told(box):
    (box.root / "data/self").symlink_to("/data/self")
    not_executable(box, "/data/self", ("loop", "symbolic", "symlink"), command=["/data/self"])
    (box.root / "data/one").symlink_to("two")
    (box.root / "data/two").symlink_to("one")
    not_executable(box, "/data/one", ("loop", "symbolic", "symlink"), command=["/data/one"])


# ----------------------------------------------------------------------------------------- no ambiguity

def test_no_ambiguity_between_a_payloads_125_and_a_failed_mount(box):
    by_payload, by_mount = box.outcome("--", "sh", "-c", "exit 125"), box.outcome("-v", "/nope:/data", "--", "true")
    assert by_payload.code == by_mount.code == SETUP_FAILED
    assert (by_payload.error, by_payload.result["code"]) == (None, 125)
    assert by_mount.result is None
    assert by_mount.error["step"] == "mount"


@pytest.mark.parametrize("code", [2, 124, 126, 127, 137])
def test_no_ambiguity_for_other_codes_of_ours(box, code):
    ended = box.outcome("--", "sh", "-c", f"exit {code}")
    assert (ended.code, ended.kind, ended.result["code"], ended.error) == (code, "exited", code, None)
    assert box.sh(f"exit {code}").err == ""


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_missing_command_is_told_in_both_init_modes(box, mode):
    not_found(box, "/bin/missing", command=["/bin/missing"], options=[mode])


def test_missing_command_on_the_hosts_own_root_is_told():
    assert_refused(run("--", "/usr/bin/no-such-program"), "/usr/bin/no-such-program", code=NOT_FOUND)


def test_missing_command_leaves_nothing_in_the_root(box):
    from watch import unchanged
    with unchanged(box.root):
        box("--", "/bin/missing")
