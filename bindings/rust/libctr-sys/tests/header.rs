// SPDX-License-Identifier: MIT
//! Compares the declarations with the header: they are written back as C beside `#include <ctr/ctr.h>`, so that the
//! compiler refuses a prototype, a member or a value that differs. What only one side has is told by name.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

const CONSTANTS: &str = include_str!("../src/constants.rs");
const FUNCTIONS: &str = include_str!("../src/functions.rs");
const STRUCTS: &str = include_str!("../src/structs.rs");

/// The header's macros that have another form here: include guards, `INIT`, and a text.
const NOT_VALUES: [&str; 2] = ["CTR_VERSION", "INIT"];

/// The directory of `ctr/ctr.h`: of LIBCTR_INCLUDE_DIR, of these sources, or where pkg-config finds it.
fn include_directory() -> Option<PathBuf> {
    let given = env::var_os("LIBCTR_INCLUDE_DIR").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../include");
    let installed = Command::new("pkg-config")
        .args(["--variable=includedir", "libctr"])
        .output()
        .ok();
    let installed = installed.map(|answer| PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim()));
    [given, Some(beside), installed]
        .into_iter()
        .flatten()
        .find(|path| path.join("ctr/ctr.h").is_file())
}

/// What the test needs, or `None` after saying what is missing.
fn headers() -> Option<PathBuf> {
    let found = include_directory();
    if found.is_none() {
        println!("SKIP header: there is no ctr/ctr.h; LIBCTR_INCLUDE_DIR can name its directory");
    }
    found
}

/// The header without comments and preprocessor conditions, as one line per directive or declaration.
fn header_text(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory.join("ctr")).expect("the directory of the header can be read") {
        let path = entry.expect("the directory of the header can be read").path();
        if path.extension().map_or(false, |extension| extension == "h") {
            text += &fs::read_to_string(path).expect("the header can be read");
        }
    }
    without_comments(&text)
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("/*");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept += piece.split_once("*/").map_or("", |(_, behind)| behind);
    }
    kept
}

/// The words of a text, with what directly follows each.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.bytes().position(is_letter)?;
        let length = rest[start..]
            .bytes()
            .position(|byte| !is_letter(byte))
            .unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        rest = &rest[start + length..];
        Some((word, rest))
    })
}

fn set<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.collect()
}

/// `pub const NAME: TYPE = VALUE;` as (NAME, VALUE).
fn constants() -> Vec<(&'static str, &'static str)> {
    let lines = CONSTANTS
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.strip_suffix(';'));
    lines
        .filter_map(|line| {
            line.split_once(": ")?
                .1
                .split_once(" = ")
                .map(|(_, value)| (name_of(line), value))
        })
        .collect()
}

fn name_of(declaration: &str) -> &str {
    declaration.split([':', '(', ' ']).next().unwrap_or_default()
}

fn assert_same(header: BTreeSet<&str>, declared: BTreeSet<&str>) {
    let (missing, surplus) = (&header - &declared, &declared - &header);
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "not declared: {missing:?}, not in the header: {surplus:?}"
    );
}

struct Function {
    name: &'static str,
    arguments: Vec<String>,
    result: String,
}

fn functions() -> Vec<Function> {
    let block = FUNCTIONS
        .split_once("extern \"C\" {")
        .expect("functions.rs has one block")
        .1;
    block
        .split(';')
        .filter_map(|text| text.trim().strip_prefix("pub fn "))
        .map(function)
        .collect()
}

fn function(text: &'static str) -> Function {
    let (head, tail) = text.rsplit_once(')').expect("a function has arguments");
    let (name, list) = head.split_once('(').expect("a function has arguments");
    let types = list
        .split(',')
        .filter_map(|argument| argument.split_once(": "))
        .map(|(_, kind)| c_type(kind.trim()));
    let result = tail
        .trim()
        .strip_prefix("-> ")
        .map_or_else(|| "void".to_owned(), c_type);
    Function {
        name,
        arguments: types.collect(),
        result,
    }
}

/// The C spelling of a type of these declarations.
fn c_type(rust: &str) -> String {
    if let Some(pointee) = rust.strip_prefix("*const ") {
        return format!("{} const *", c_type(pointee));
    }
    if let Some(pointee) = rust.strip_prefix("*mut ") {
        return format!("{} *", c_type(pointee));
    }
    let known = [
        ("c_int", "int"),
        ("c_char", "char"),
        ("c_void", "void"),
        ("usize", "size_t"),
    ];
    let numbers = [
        ("u32", "uint32_t"),
        ("u64", "uint64_t"),
        ("i32", "int32_t"),
        ("i64", "int64_t"),
    ];
    let found = known.iter().chain(&numbers).find(|(name, _)| *name == rust);
    found.map_or(rust, |(_, name)| name).to_owned()
}

/// Each structure with members that can be seen, as (name, members), a member as (name, type).
fn structures() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let bodies = STRUCTS
        .split("pub struct ")
        .skip(1)
        .map(|text| text.split_once('}').expect("a structure ends").0);
    let open = bodies.filter(|body| !body.contains("_opaque"));
    open.map(|body| {
        let fields = body
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(',')?.split_once(": "));
        (name_of(body), fields.map(|(name, kind)| (name, c_type(kind))).collect())
    })
    .collect()
}

fn write_constants(c: &mut String) {
    for (name, value) in constants() {
        let value = value.replace("u64::MAX", "UINT64_MAX");
        let value = if value.contains("<<") {
            format!("(uint64_t){value}")
        } else {
            value
        };
        writeln!(c, "_Static_assert({name} == ({value}), \"{name}\");").unwrap();
    }
}

fn write_structures(c: &mut String) {
    for (name, members) in structures() {
        writeln!(c, "struct rust_{name} {{").unwrap();
        members
            .iter()
            .for_each(|(member, kind)| writeln!(c, "{kind} {member};").unwrap());
        writeln!(
            c,
            "}};\n_Static_assert(sizeof(struct rust_{name}) == sizeof({name}), \"{name}\");"
        )
        .unwrap();
        for (member, _) in members {
            let (ours, theirs) = (
                format!("((struct rust_{name} *)0)->{member}"),
                format!("(({name} *)0)->{member}"),
            );
            writeln!(
                c,
                "_Static_assert(&{ours} - &{ours} == 0 && __builtin_types_compatible_p(__typeof__({ours}), \
                __typeof__({theirs})) && offsetof(struct rust_{name}, {member}) == offsetof({name}, {member}), \
                \"{name}.{member}\");"
            )
            .unwrap();
        }
    }
}

fn write_functions(c: &mut String) {
    for Function {
        name,
        arguments,
        result,
    } in functions()
    {
        let list = if arguments.is_empty() {
            "void".to_owned()
        } else {
            arguments.join(", ")
        };
        writeln!(c, "{result} {name}({list});").unwrap();
    }
}

#[test]
fn a_c_compiler_accepts_every_declaration_beside_the_header() {
    let directory = match headers() {
        Some(directory) => directory,
        None => return,
    };
    let mut c = "#include <stddef.h>\n#include <stdint.h>\n#include <ctr/ctr.h>\n".to_owned();
    write_constants(&mut c);
    write_structures(&mut c);
    write_functions(&mut c);
    match compile(&c, &directory) {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => println!("SKIP header: cc cannot be run: {error}"),
    }
}

fn compile(c: &str, directory: &Path) -> io::Result<Output> {
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=gnu11", "-fsyntax-only", "-x", "c", "-", "-I"])
        .arg(directory);
    let mut compiler = compiler.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    compiler
        .stdin
        .take()
        .expect("it was asked for")
        .write_all(c.as_bytes())?;
    compiler.wait_with_output()
}

#[test]
fn every_function_of_the_header_is_declared_and_no_other() {
    let text = match headers() {
        Some(directory) => header_text(&directory),
        None => return,
    };
    let theirs = set(words(&text)
        .filter(|(word, behind)| word.starts_with("ctr_") && behind.starts_with('('))
        .map(|(word, _)| word));
    let declared = functions();
    assert!(theirs.len() > 50, "the header's functions were not found");
    assert_same(theirs, set(declared.iter().map(|function| function.name)));
}

#[test]
fn every_value_of_the_header_is_declared_and_no_other() {
    let text = match headers() {
        Some(directory) => header_text(&directory),
        None => return,
    };
    let is_value = |word: &str| {
        word.starts_with("CTR_") && !NOT_VALUES.contains(&word) && !word.ends_with("_H") && !word.ends_with("_INIT")
    };
    let theirs = set(words(&text).map(|(word, _)| word).filter(|word| is_value(word)));
    assert!(theirs.len() > 50, "the header's values were not found");
    assert_same(theirs, set(constants().into_iter().map(|(name, _)| name)));
}

#[test]
fn every_structure_of_the_header_is_declared_and_no_other() {
    let text = match headers() {
        Some(directory) => header_text(&directory),
        None => return,
    };
    let defined = text
        .split("typedef struct ")
        .skip(1)
        .filter(|behind| behind.split_once(';').map_or(false, |(head, _)| head.contains('{')));
    assert_same(
        set(defined.map(name_of)),
        set(structures().into_iter().map(|(name, _)| name)),
    );
}
