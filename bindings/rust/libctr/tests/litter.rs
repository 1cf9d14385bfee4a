// SPDX-License-Identifier: MIT
//! What many starts leave behind: nothing. One test alone, because it counts what the whole process has open.

use std::fs;
use std::fs::File;

use libctr::{Command, Container, Mount, Stdio};

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident_pages() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

/// One of everything, ends and failures included.
fn everything() {
    let mut container = Container::new();
    container
        .mount(Mount::bind_fd(File::open("/usr").unwrap(), "/mnt"))
        .pass_fd(File::open("/etc/passwd").unwrap(), 3);
    assert_eq!(container.command("echo").arg("one").output().unwrap().stdout, b"one\n");
    let child = container
        .command("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(child
        .command("true")
        .stdout(Stdio::captured())
        .status()
        .unwrap()
        .success());
    drop(child.command("cat").stdin(Stdio::piped()).spawn().unwrap());
    drop(child);
    drop(Command::new("sh").terminal(10, 10).spawn().unwrap());
    assert!(Command::new("/none").output().is_err());
    assert!(Container::new().hostname("\0").command("true").output().is_err());
    assert!(container.command("true").explain().is_ok());
}

#[test]
fn many_starts_leave_nothing() {
    everything();
    let (descriptors, pages) = (open_descriptors(), resident_pages());
    (0..30).for_each(|_| everything());
    assert_eq!(open_descriptors(), descriptors);
    assert!(
        resident_pages() < pages + 500,
        "{} pages more are resident",
        resident_pages() - pages
    );
    let zombies = fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
    assert_eq!(zombies.unwrap_or_default(), "");
}
