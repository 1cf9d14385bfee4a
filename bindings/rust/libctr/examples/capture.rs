// SPDX-License-Identifier: MIT
//! Three ways to have what a command writes: all of it at the end, by a pipe as it comes, or kept in memory.

use std::io::{BufRead, BufReader};

use libctr::{Command, Stdio};

const SCRIPT: &str = "echo one; echo two; echo three >&2; exit 3";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let output = Command::new("sh").args(["-c", SCRIPT]).output()?;
    println!(
        "output: {:?} and {:?}, {}",
        text(&output.stdout),
        text(&output.stderr),
        output.status
    );

    let mut child = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take().expect("it was asked for");
    for line in BufReader::new(stdout).lines() {
        println!("pipe: {}", line?);
    }
    println!("pipe: {}", child.wait()?);

    let mut child = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdout(Stdio::captured())
        .stderr(Stdio::merged())
        .spawn()?;
    child.wait()?; // nobody reads along
    println!("captured: {:?}", text(&child.captured(1)?.data));
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
