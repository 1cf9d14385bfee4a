// SPDX-License-Identifier: MIT
//! Names: taken, listed, opened by others, kept after the end, and free again.

use std::fs;
use std::os::unix::io::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

use libctr::{Container, Ending, ErrorKind, Keep, Names, PauseMethod, State, Stdio};

struct Directory(PathBuf);

impl Directory {
    fn fresh(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("libctr-rust-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path); // of an earlier run
        Self(path)
    }

    fn container(&self, name: &str) -> Container {
        let mut container = Container::new();
        container.state_directory(&self.0).name(name);
        container
    }

    fn names(&self) -> Names {
        Names::in_directory(&self.0)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // the test has its verdict
    }
}

#[test]
fn a_directory_that_does_not_exist_has_no_names() {
    let names = Directory::fresh("none").names();
    assert!(names.list().unwrap().is_empty());
    assert_eq!(names.open("x").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_name_is_taken_once_and_kept_after_the_end() {
    let directory = Directory::fresh("once");
    let mut command = directory.container("one").command("sh");
    command.args(["-c", "echo kept; exit 3"]).stdout(Stdio::captured());
    let child = command.spawn().unwrap();
    assert_eq!(child.outcome().unwrap().ending(), Ending::Exited(3));
    drop(child);
    assert_eq!(command.spawn().unwrap_err().kind(), ErrorKind::Exists);

    let opened = directory.names().open("one").unwrap();
    assert_eq!(opened.outcome().unwrap().ending(), Ending::Exited(3));
    assert_eq!(
        (opened.info().unwrap().state(), opened.name()),
        (State::Ended, "one".to_owned())
    );
    assert!(opened.info().unwrap().ended() >= opened.info().unwrap().created());
    assert_eq!(opened.captured(1).unwrap().data, b"kept\n");
    assert!(opened.as_raw_fd() >= 0);
    drop(opened);

    let record = directory.names().look("one").unwrap();
    assert_eq!(record.words(), ["sh", "-c", "echo kept; exit 3"]);
    assert_eq!(
        (record.name(), record.captured(1).unwrap().data),
        ("one".to_owned(), b"kept\n".to_vec())
    );
    directory.names().remove("one").unwrap();
    assert!(directory.names().list().unwrap().is_empty());
}

#[test]
fn dropping_what_was_opened_ends_nothing() {
    let directory = Directory::fresh("opened");
    let child = directory.container("one").command("sleep").arg("60").spawn().unwrap();
    let opened = directory.names().open("one").unwrap();
    assert!(opened.info().unwrap().init_pid().is_some());
    assert_eq!(
        opened.command("echo").arg("inside").output().unwrap().stdout,
        b"inside\n"
    );
    let further = opened.command("sleep").arg("60").spawn().unwrap();
    drop(opened);
    assert!(further.outcome_within(Duration::from_millis(300)).unwrap().is_none());
    assert!(child.try_wait().unwrap().is_none());
    assert_eq!(directory.names().remove("one").unwrap_err().kind(), ErrorKind::Exists);
}

#[test]
fn a_transient_name_is_free_after_the_end() {
    let directory = Directory::fresh("transient");
    let mut container = Container::new();
    container.state_directory(&directory.0).transient_name("one");
    for _ in 0..2 {
        assert!(container.command("true").status().unwrap().success());
    }
    assert!(directory.names().list().unwrap().is_empty());
}

#[test]
fn the_end_of_a_stream_can_be_kept() {
    let mut command = Container::new().command("sh");
    command
        .args(["-c", "seq 1 1000"])
        .stdout(Stdio::captured())
        .capture_limit(9)
        .capture_keep(Keep::Last);
    let child = command.spawn().unwrap();
    child.outcome().unwrap();
    let captured = child.captured(1).unwrap();
    assert_eq!(
        (captured.data, captured.first, captured.seen),
        (b"999\n1000\n"[..].to_vec(), 3884, 3893)
    );
}

#[test]
fn a_description_runs_in_a_container_that_is_found_later() {
    let directory = Directory::fresh("found");
    let child = directory.container("one").command("sleep").arg("60").spawn().unwrap();
    assert_eq!(child.info().unwrap().pause_method(), PauseMethod::Signals);
    let found = directory.names().open("one").unwrap();
    let mut description = Container::new();
    description.env("WORD", "said").current_dir("/tmp");
    let mut command = description.command("sh");
    let output = command.args(["-c", "echo $WORD; pwd"]).run_in(&found).output().unwrap();
    assert_eq!(output.stdout, b"said\n/tmp\n");

    description.hostname("other"); // of a container, not of a command
    let refused = description.command("true").run_in(&found).status().unwrap_err();
    assert_eq!(
        (refused.kind(), refused.call()),
        (ErrorKind::Invalid, "ctr_config_set_hostname")
    );

    child.kill().unwrap();
    child.outcome().unwrap();
    let late = Container::new().command("true").run_in(&found).status().unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Ended);
}
