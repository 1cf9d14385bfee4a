# SPDX-License-Identifier: MIT
"""Every lint can fail: each is given small trees with one fault, and one without any."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import common
import layering

HERE = pathlib.Path(__file__).resolve().parent
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
CHILD_FLAGS = ["-O1", "-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-pic", "-fno-lto", "-c"]
CHILD_LINK = ["-nostdlib", "-static", "-no-pie", "-Wl,-z,noexecstack", "-Wl,--build-id=none"]
MIT = "SPDX-License-Identifier: " + "MIT"


class Trial:
    """Counts the trials of one run; each works in its own directory."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.passed = self.failed = 0

    def tree(self, files):
        """Writes a source tree and makes an empty build directory beside it."""
        base = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        source, build = base / "source", base / "out"
        source.mkdir()
        (build / "lib").mkdir(parents=True)
        for name, text in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return source, build

    def expect(self, lint, tree, status, *texts):
        source, build = tree
        done = subprocess.run([sys.executable, "-B", str(HERE / f"{lint}.py"), str(source), str(build)],
                              capture_output=True, text=True, timeout=300)
        output = done.stdout + done.stderr
        missing = [text for text in texts if text not in output]
        if done.returncode == status and not missing:
            self.passed += 1
            return
        self.failed += 1
        print(f"{lint}: expected status {status} and {list(texts)}, got status {done.returncode} and:\n{output}")


def rooms(changed=None):
    """A tree with every room, as small as one can be."""
    files = {f"lib/{room}/file.cc": '#include <stdint.h>\n' for room in layering.EDGES}
    plan = "".join(f"  {room}/    words\n" for room in layering.EDGES)
    files["lib/README.md"] = f"```\nlib/\n{plan}```\n"
    files["lib/base/text.h"] = files["lib/plan/op.h"] = files["lib/plan/plan.h"] = files["lib/spawn/spawn.h"] = ""
    files["include/ctr/ctr.h"] = files["tools/ctr/words.h"] = ""
    files.update(changed or {})
    return files


def try_layering(trial):
    trial.expect("layering", trial.tree(rooms()), 0)
    good = {
        "lib/spawn/file.cc": '#include "base/text.h"\n#include "plan/plan.h"\n#include "spawn.h"\n#include <sys/mount.h>\n',
        "lib/child/file.cc": '#include "plan/op.h"\n#include <linux/mount.h>\n// #include <string.h>\n',
        "tools/ctr/main.cc": '#include "words.h"\n#include <ctr/ctr.h>\n#include <string>\n',
    }
    trial.expect("layering", trial.tree(rooms(good)), 0)
    bad = {
        "lib/plan/file.cc": ('\n#include "spawn/spawn.h"\n', "lib/plan/file.cc:2:", "must not include from spawn"),
        "lib/child/file.cc": ('#include "base/text.h"\n', "lib/child/file.cc:1:", "must not include from base"),
        "lib/child/mounts.cc": ('#include "plan/plan.h"\n', "lib/child/mounts.cc:1:", "must not include from plan"),
        "lib/child/exec.cc": ("#include <string.h>\n", "lib/child/exec.cc:1:", "kernel headers only"),
        "lib/plan/op.h": ("#include <string>\n", "lib/plan/op.h:1:", "kernel headers only"),
        "lib/arch/file.cc": ('#  include "base/text.h"\n', "lib/arch/file.cc:1:", "must not include from base"),
        "lib/host/facts.cc": ("/* */ int x;\n#include <ctr/ctr.h>\n", "lib/host/facts.cc:2:", "must not include"),
        "lib/host/word.cc": ("#include HEADER\n", "lib/host/word.cc:1:", "spell its header out"),
        "lib/host/none.cc": ('#include "nowhere.h"\n', "lib/host/none.cc:1:", "not a file of this project"),
        "lib/spawn/up.cc": ('#include "../../tools/ctr/words.h"\n', "lib/spawn/up.cc:1:", "must not include"),
        "lib/spawn/angle.cc": ("#include <plan/plan.h>\n", "lib/spawn/angle.cc:1:", "header of lib/"),
        "lib/cellar/file.cc": ("\n", "lib/cellar/file.cc:1:", "not a room"),
        "lib/loose.cc": ("\n", "lib/loose.cc:1:", "stands in a room"),
        "tools/ctr/main.cc": ('#include "plan/plan.h"\n', "tools/ctr/main.cc:1:", "only <ctr/...>"),
        "tools/ctr/run.cc": ("#include <plan/plan.h>\n", "tools/ctr/run.cc:1:", "only <ctr/...>"),
        "lib/README.md": ("lib/\n  base/ words\n", "does not name abi/", "does not name spawn/"),
    }
    for name, (text, *expected) in bad.items():
        trial.expect("layering", trial.tree(rooms({name: text})), 1, *expected)
    extra = rooms()["lib/README.md"].replace("  base/", "  cellar/  words\n  base/")
    trial.expect("layering", trial.tree(rooms({"lib/README.md": extra})), 1, "lib/README.md:", "cellar/ is not a room")
    trial.expect("layering", trial.tree({}), 1)


def function(lines, head="int body()"):
    return head + "\n{\n" + "    call();\n" * (lines - 3) + "}\n"


def try_size(trial):
    for text in (function(60), "int x;\n" * 399, "struct Wide {\n" + "    int x;\n" * 100 + "};\n",
                 "int const table[] = {\n" + "    1,\n" * 100 + "};\n"):
        trial.expect("size", trial.tree({"lib/base/file.cc": text}), 0)
    table = "long body(int a)\n{\n    switch (a) {\n" + "    case Op::name: return {name(), other};\n" * 100
    trial.expect("size", trial.tree({"lib/base/file.cc": table + "    }\n" + "    call();\n" * 54 + "}\n"}), 0)
    long_ones = {
        "beside a table": "\n" + table + "    }\n" + "    call();\n" * 55 + "}\n",
        "cases of two lines": "\n" + table + "    case Op::name:\n        return 1;\n" * 28 + "    }\n}\n",
        "function": "\n" + function(61),
        "in a namespace": "namespace a {\n" + function(61) + "}\n",
        "in an extern block": 'extern "C" {\n' + function(61) + "}\n",
        "member": "class A : public B<int> {\n" + function(61, "    void body() const") + "};\n",
        "returns a struct": "\n" + function(61, "struct stat body(int fd)"),
        "constructor": "\n" + function(59, "A::A(int b)\n    : b_{b},\n      c_(b)"),
        "template": "\n" + function(59, "template <typename T>\nrequires(sizeof(T) > 1)\nauto body(T&& t) -> decltype(t())"),
        "lambda": "\nauto const body = [](int x) {\n" + "    call();\n" * 59 + "};\n",
        "operator": "\n" + function(61, "bool A::operator==(A const& other) const"),
        "brace in a string": "\n" + function(60, "int body(char const* x = \"}\")\n// }"),
        "macro": "\n#define BODY \\\n" + "    call(); \\\n" * 59 + "    call();\n",
        "attribute": "\n" + function(60, 'extern "C" __attribute__((noreturn))\nvoid body(long* stack)'),
    }
    for name, text in long_ones.items():
        trial.expect("size", trial.tree({"lib/base/file.cc": text}), 1, "lib/base/file.cc:2:", " lines: none may have")
    trial.expect("size", trial.tree({"tools/ctr/main.cc": "int x;\n" * 400}), 1, "tools/ctr/main.cc:400:", "under 400")
    trial.expect("size", trial.tree({"lib/base/file.cc": "int f()\n{\n#if A\n    if (x) {\n#else\n    {\n#endif\n    }\n}\n"}),
                 1, "cannot be measured")
    trial.expect("size", trial.tree({}), 1)


def try_text(trial):
    trial.expect("text", trial.tree({"a.py": f"#!/usr/bin/python3\n# {MIT}\n", "b.h": f"/* {MIT} */\n", "n": "x\n"}), 0)
    bad = {
        "a tab": (f"// {MIT}\n\tint x;\n", "a.cc:2:", "a tab"),
        "blanks": (f"// {MIT}\nint x; \n", "a.cc:2:", "blanks at the end"),
        "licence": ("int x;\n", "a.cc:1:", MIT),
        "machine": (f"// {MIT}\n\n// /wor" + "k/main\n", "a.cc:3:", "must not be named"),
        "host": (f"// {MIT}\n// crates" + ".io\n", "a.cc:2:", "must not be named"),
        "address": (f"// {MIT}\n// https:" + "//example.net/x\n", "a.cc:2:", "not one that the project names"),
        "unfinished": (f"// {MIT}\n// TO" + "DO later\n", "a.cc:2:", "unfinished"),
        "newline": (f"// {MIT}\nint x;", "a.cc:2:", "no newline"),
        "conflict": (f"// {MIT}\n<<<<<" + "<< here\n", "a.cc:2:", "conflict"),
    }
    for text, *expected in bad.values():
        trial.expect("text", trial.tree({"a.cc": text}), 1, *expected)


def header_tree(text):
    return {"include/ctr/ctr.h": f"#ifndef A\n#define A\n{text}\n#endif\n"}


def try_headers(trial):
    trial.expect("headers", trial.tree(header_tree("int ctr_one(void);")), 0)
    for text in ("int ctr_one(void); // a comment", "enum { ctr_a, };", "int ctr_one();", "typedef int class;",
                 "size_t ctr_one(void);"):
        trial.expect("headers", trial.tree(header_tree(text)), 1, "include/ctr/ctr.h:1:", "-std=c")
    trial.expect("headers", trial.tree({}), 1)


def build(output, source, flags):
    subprocess.run([COMPILER, "-x", "c", *flags, "-o", str(output), "-"], input=source, text=True, check=True, timeout=60)


def library_trial(trial, status, *expected, names=("ctr_one",), code="int ctr_one(void) { return 1; }\n", flags=(),
                  soname="libctr.so.0", script=None):
    """A library of one function, with one thing changed."""
    declarations = "".join(f"int {name}(void);\n" for name in names)
    script = script or "CTR_0.1 {\n  global:\n    ctr_one;\n  local: *;\n};\n"
    source, out = trial.tree({"lib/libctr.map": script, "include/ctr/ctr.h": declarations})
    build(out / "lib/libctr.so.0", code, ["-shared", "-fPIC", f"-Wl,-soname,{soname}", *flags])
    trial.expect("symbols", (source, out), status, *expected)


def try_symbols(trial):
    script = ["-nostartfiles"]
    library_trial(trial, 1, "ctr_two is exported", code="int ctr_one, ctr_two;\n")
    library_trial(trial, 1, "ctr.h:2:", "ctr_two is declared and not listed", names=("ctr_one", "ctr_two"))
    library_trial(trial, 1, "libctr.map:3:", "declared in no public header", names=("ctr_two",))
    library_trial(trial, 1, "libctr.map:3:", "not defined", code="int ctr_three;\n")
    library_trial(trial, 1, "other is exported", "other does not begin with ctr_", code="int ctr_one, other;\n")
    library_trial(trial, 1, "ctr_start is a name of another library", code="int ctr_one, ctr_start;\n")
    library_trial(trial, 1, "SONAME", soname="libctr.so.1")
    library_trial(trial, 1, "needs libm.so.6", flags=["-Wl,--no-as-needed", "-lm"])
    library_trial(trial, 1, "run path", flags=["-Wl,-rpath,/opt"])
    library_trial(trial, 1, "listed by its name", script="CTR_0.1 {\n  global:\n    ctr_*;\n  local: *;\n};\n")
    library_trial(trial, 1, "local: *;", script="CTR_0.1 {\n  global:\n    ctr_one;\n};\n")
    library_trial(trial, 0, flags=script)
    trial.expect("symbols", trial.tree({}), 1, "is not built")


def child_trial(trial, status, *expected, code="void _start(void) { for (;;) { } }\n", link=CHILD_LINK):
    source, out = trial.tree({})
    (out / "lib/ctr-init.p").mkdir()
    build(out / "lib/ctr-init.p/start.o", code, CHILD_FLAGS)
    subprocess.run([COMPILER, *link, "-o", str(out / "lib/ctr-init"), str(out / "lib/ctr-init.p/start.o")], check=True,
                   capture_output=True, timeout=60)
    trial.expect("child", (source, out), status, *expected)


def try_child(trial):
    loop = "void _start(void) { for (;;) { } }\n"
    child_trial(trial, 0)
    undefined = ["-nostdlib", "-static", "-no-pie", "-Wl,-z,noexecstack", "-Wl,--unresolved-symbols=ignore-all"]
    child_trial(trial, 1, "strlen is undefined", code="long strlen(char*);\nlong x;\n"
                "void _start(void) { x = strlen(0); }\n", link=undefined)
    child_trial(trial, 1, "not static", link=["-nostdlib", "-pie", "-Wl,-z,noexecstack"])
    child_trial(trial, 1, "writable and executable", link=[*CHILD_LINK, "-Wl,-z,execstack"])
    child_trial(trial, 1, "stays under", code="char big[65536] = {1};\n" + loop)
    trial.expect("child", trial.tree({}), 1, "is not built")


def try_format(trial):
    if shutil.which("clang-format") is None and shutil.which("clang-format-14") is None:
        print("clang-format is not installed: format.py is not tried")
        return
    style = (HERE.parent.parent / ".clang-format").read_text()
    good = trial.tree({"lib/a.cc": "int body()\n{\n    call();\n    return 1;\n}\n", ".clang-format": style})
    probe = subprocess.run([sys.executable, "-B", str(HERE / "format.py"), str(good[0]), str(good[1])],
                           capture_output=True, timeout=60)
    if probe.returncode == common.SKIPPED:
        print("another version of clang-format: format.py is not tried")
        return
    trial.expect("format", good, 0)
    trial.expect("format", trial.tree({"lib/a.cc": "int x;\nint  y;\n", ".clang-format": style}), 1, "lib/a.cc:2:")


def manual_tree(trial, page="ctr_a", option="rows", aside=""):
    """A function, a command with an option, and their pages."""
    source, build = trial.tree({"lib/libctr.map": "CTR_0.1 {\nglobal:\n    ctr_a;\n};\n"})
    command, pages = build / "tools/ctr/ctr", build / "docs/man"
    command.parent.mkdir(parents=True)
    pages.mkdir(parents=True)
    command.write_text("#!/bin/sh\ncase $2 in\nlist) printf '\\n  -r, --rows N   how many\\n' ;;\n"
                       "*) printf 'Commands:\\n  list   words\\n\\nmore\\n' ;;\nesac\n")
    command.chmod(0o755)
    head = '.TH A {} "" "" ""\n.SH NAME\na \\- b\n.SH DESCRIPTION\n'
    (pages / "ctr_a.3").write_text(f"{head.format(3)}.SS {page}\ntext\n{aside}")
    (pages / "ctr-list.1").write_text(f"{head.format(1)}.TP\n.B \\-r, \\-\\-{option} N\ntext\n")
    return source, build


def try_manual(trial):
    readers = shutil.which("mandoc") or shutil.which("groff")
    trial.expect("manual", manual_tree(trial), 0 if readers else common.SKIPPED)
    trial.expect("manual", manual_tree(trial, page="ctr_b"), 1, "ctr_a is not in the manual")
    trial.expect("manual", manual_tree(trial, option="columns"), 1, "--rows is not in the manual of ctr list")
    trial.expect("manual", trial.tree({"lib/libctr.map": ""}), 1, "there are no pages")
    if readers:
        trial.expect("manual", manual_tree(trial, aside=".if (\n.NOPE\n.SH\n.RE\n"), 1, "ctr_a.3")


def try_bindings(trial):
    def tree(go="", rust="", declared="pub fn ctr_wait();"):
        return trial.tree({"lib/libctr.map": "    ctr_wait;\n    ctr_spawn;\n    ctr_container_stdio;\n",
                           "bindings/go/a.go": "func a() {\n\tC.ctr_wait()\n\tC.ctr_container_stdio()\n}\n" + go,
                           "bindings/rust/libctr/src/lib.rs": "fn a() {\n    sys::ctr_wait()\n}\n" + rust,
                           "bindings/rust/libctr-sys/src/functions.rs":
                               declared + " pub fn ctr_spawn(); pub fn ctr_container_stdio();\n"})

    def long(head, line, indent):
        return f"{indent}{head} {{\n" + f"{indent}    {line}\n" * 16 + f"{indent}}}\n"

    trial.expect("bindings", tree(), 0)
    trial.expect("bindings", tree(go=long("func (t *T) many()", "one: 1,", "")), 0)
    trial.expect("bindings", tree(go=long("func (t *T) many()", "one()", "")), 1, "many has 16 lines")
    trial.expect("bindings", tree(rust=long("pub(crate) unsafe fn many<T>(", "one();", "    ")), 1, "many has 16 lines")
    trial.expect("bindings", tree(declared=""), 1, "ctr_wait is not declared")
    source, build = tree()
    (source / "bindings/go/a.go").write_text("func a() {\n\tC.ctr_container_stdio()\n}\n")
    (source / "bindings/rust/libctr/src/lib.rs").write_text("fn a() {\n}\n")
    trial.expect("bindings", (source, build), 1, "reached from Go", "reached from Rust")


DOCUMENTED = """/* first */
/** What this is about. */
#ifndef CTR_A_H
#define CTR_A_H

/** A kind of thing. */
typedef struct ctr_a ctr_a;

enum { CTR_ONE = 1, CTR_TWO = 2 };

/**
 * Sets what is meant: CTR_ONE or CTR_TWO.
 *
 * @number  of them
 *
 * Since   0.1
 */
int ctr_set(ctr_a *a, int number, int which);
#endif
"""


def try_doxygen(trial):
    if not shutil.which("doxygen"):
        print("doxygen is not installed: its lint is not tried")
        return
    header = DOCUMENTED.replace(" * @number  of", " * @a       borrowed\n * @which   which\n * @number  of")
    trial.expect("doxygen", trial.tree({"include/ctr/a.h": header}), 0)
    trial.expect("doxygen", trial.tree({"include/ctr/a.h": DOCUMENTED}), 1, "include/ctr/a.h", "'which'")
    trial.expect("doxygen", trial.tree({"include/ctr/a.h": header.replace("CTR_TWO = 2", "CTR_TWO = 2, CTR_THREE = 3")}), 1, "CTR_THREE")
    trial.expect("doxygen", trial.tree({"include/ctr/a.h": header.replace("#endif", "void ctr_more(int count);\n#endif")}), 1, "ctr_more")
    trial.expect("doxygen", trial.tree({}), 1, "no headers")


def main():
    if COMPILER is None:
        common.skip("no compiler found")
    with tempfile.TemporaryDirectory() as directory:
        trial = Trial(directory)
        for attempt in (try_layering, try_size, try_text, try_headers, try_symbols, try_child, try_format, try_manual, try_doxygen, try_bindings):
            attempt(trial)
    print(f"{trial.passed} passed, {trial.failed} failed, 0 skipped")
    return 1 if trial.failed else 0


if __name__ == "__main__":
    sys.exit(main())
