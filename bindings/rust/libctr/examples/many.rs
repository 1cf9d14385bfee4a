// SPDX-License-Identifier: MIT
//! Many containers and one thread: a `Child` is a descriptor that becomes readable at its end, so one poll(2) waits for
//! all of them.

use std::os::raw::{c_int, c_short, c_ulong};
use std::os::unix::io::AsRawFd;

use libctr::{Child, Container};

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

extern "C" {
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
}

const POLLIN: c_short = 1;

fn main() -> Result<(), libctr::Error> {
    let count = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(200);
    let container = Container::new();
    let mut running = Vec::new();
    for number in 0..count {
        let script = format!("read line; exit {}", number % 100);
        let mut command = container.command("sh");
        running.push(command.args(["-c", &script]).stdin(libctr::Stdio::piped()).spawn()?);
    }
    println!("{count} containers and {} thread", threads());
    for child in &mut running {
        child.stdin.take(); // the end of its input is what it waits for
    }
    println!("the sum of their statuses: {}", wait_for_all(running)?);
    Ok(())
}

/// Waits with one poll(2) for whatever ends next.
fn wait_for_all(mut running: Vec<Child>) -> Result<i32, libctr::Error> {
    let mut sum = 0;
    while !running.is_empty() {
        let watch = |child: &Child| PollFd {
            fd: child.as_raw_fd(),
            events: POLLIN,
            revents: 0,
        };
        let mut watched: Vec<PollFd> = running.iter().map(watch).collect();
        // SAFETY: the array is as long as is said, and its descriptors are open.
        unsafe { poll(watched.as_mut_ptr(), watched.len() as c_ulong, -1) };
        for at in (0..running.len()).rev().filter(|at| watched[*at].revents != 0) {
            sum += running.swap_remove(at).wait()?.code().unwrap_or(-1);
        }
    }
    Ok(sum)
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
