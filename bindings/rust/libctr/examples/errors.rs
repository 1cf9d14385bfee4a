// SPDX-License-Identifier: MIT
//! An error has a kind for the program and a story for people.

use std::io;

use libctr::{Command, Container, ErrorKind};

fn main() {
    let missing = Command::new("/bin/nonesuch").status().unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NoCommand);
    println!("{missing}");

    let wrong = Container::new()
        .bind("/nonesuch", "/data")
        .command("true")
        .status()
        .unwrap_err();
    println!("{wrong}");
    println!(
        "  step {}, subject {:?}, call {} {:?}",
        wrong.step(),
        wrong.subject(),
        wrong.call(),
        wrong.index()
    );
    println!("  hint: {}", wrong.hint());

    let error: io::Error = wrong.into();
    println!("as the standard library has it: {:?}", error.kind());
}
