// SPDX-License-Identifier: MIT
//! Further commands in a container that runs already.

use libctr::{Command, Stdio};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut service = Command::new("sh")
        .args(["-c", "echo state > /tmp/state; cat"])
        .stdin(Stdio::piped())
        .spawn()?;
    let show = "until test -s /tmp/state; do sleep 0.01; done; cat /tmp/state";
    let output = service.command("sh").args(["-c", show]).output()?;
    print!("inside: {}", String::from_utf8_lossy(&output.stdout));
    let status = service.command("sh").args(["-c", "exit 4"]).status()?;
    println!("a further command: {status}");
    println!("the container: {}", service.wait()?); // closing standard input is what cat waits for
    Ok(())
}
