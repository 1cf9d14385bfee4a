// SPDX-License-Identifier: MIT
//! The smallest program: run something in a container, and end as it ended.

use libctr::Command;

fn main() -> Result<(), libctr::Error> {
    let status = Command::new("echo").arg("hello from inside").status()?;
    std::process::exit(status.code().unwrap_or(125));
}
