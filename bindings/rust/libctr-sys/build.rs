// SPDX-License-Identifier: MIT
//! Finds the library: in the directory that LIBCTR_LIB_DIR names, or by pkg-config.
//!
//! Documentation and `cargo check` link nothing, so a library that is not there is a warning here and an error of the
//! linker.

use std::env;
use std::process::Command;

const OLDEST: &str = "0.1";

fn main() {
    for name in [
        "LIBCTR_LIB_DIR",
        "LIBCTR_STATIC",
        "PKG_CONFIG",
        "PKG_CONFIG_PATH",
        "DOCS_RS",
    ] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let linked_statically = env::var_os("LIBCTR_STATIC").is_some();
    if let Ok(directory) = env::var("LIBCTR_LIB_DIR") {
        link_from(&directory, linked_statically);
    } else if let Err(fault) = ask_pkg_config(linked_statically) {
        println!("cargo:warning=libctr was not found: {fault}; set PKG_CONFIG_PATH or LIBCTR_LIB_DIR");
        println!("cargo:rustc-link-lib=ctr");
    }
}

fn link_from(directory: &str, linked_statically: bool) {
    println!("cargo:rustc-link-search=native={directory}");
    if linked_statically {
        println!("cargo:rustc-link-lib=static=ctr");
        println!("cargo:rustc-link-lib=stdc++");
    } else {
        println!("cargo:rustc-link-lib=ctr");
    }
}

fn ask_pkg_config(linked_statically: bool) -> Result<(), String> {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let mut question = Command::new(&program);
    question
        .args(["--libs", "--print-errors"])
        .arg(format!("libctr >= {OLDEST}"));
    if linked_statically {
        question.arg("--static");
    }
    let answer = question
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", program.to_string_lossy()))?;
    if !answer.status.success() {
        return Err(String::from_utf8_lossy(&answer.stderr).trim().replace('\n', "; "));
    }
    for word in String::from_utf8_lossy(&answer.stdout).split_whitespace() {
        pass_on(word, linked_statically);
    }
    Ok(())
}

fn pass_on(word: &str, linked_statically: bool) {
    if let Some(directory) = word.strip_prefix("-L") {
        println!("cargo:rustc-link-search=native={directory}");
    } else if word == "-lctr" && linked_statically {
        println!("cargo:rustc-link-lib=static=ctr");
    } else if let Some(library) = word.strip_prefix("-l") {
        println!("cargo:rustc-link-lib={library}");
    }
}
