// SPDX-License-Identifier: MIT
//! What a container sees: directories of the host, files of the program's own, file systems in memory.

use libctr::{Container, Mount};

fn main() -> Result<(), libctr::Error> {
    let mut container = Container::new();
    container
        .hostname("builder")
        .bind_read_only("/usr/share", "/data")
        .mount(Mount::tmpfs("/scratch").options("size=1m"))
        .file("/scratch/greeting", "hello\n", 0o644)
        .current_dir("/scratch");
    let script = "hostname; cat greeting; test -d /data/doc && echo data; touch new && echo written; touch /data/x 2>/dev/null || echo kept";
    let output = container.command("sh").args(["-c", script]).output()?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}
