// SPDX-License-Identifier: MIT
//! Futures: no thread per container, and a future that is dropped leaves nothing.

use std::fs;
use std::future::Future;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use libctr::{Command, Container, Ending, ErrorKind, Event, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const SOON: Duration = Duration::from_millis(100);

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Whether a process runs on this machine that has this word.
fn runs(word: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .into_iter()
        .any(|line| line.split(|byte| *byte == 0).any(|other| other == word.as_bytes()))
}

fn token(number: u32) -> String {
    format!("{}{number:04}", 60_000 + std::process::id() % 10_000)
}

#[test]
fn statuses_and_output_are_those_of_std() {
    block_on(async {
        assert_eq!(libctr::tokio::status(&sh("exit 7")).await.unwrap().code(), Some(7));
        assert_eq!(
            libctr::tokio::status(&sh("kill -9 $$")).await.unwrap().signal(),
            Some(9)
        );
        let script = "head -c 300000 /dev/zero; head -c 2500000 /dev/zero >&2; exit 3";
        let output = libctr::tokio::output(&sh(script)).await.unwrap();
        assert_eq!(
            (output.status.code(), output.stdout.len(), output.stderr.len()),
            (Some(3), 300_000, 2_500_000)
        );
        let missing = libctr::tokio::status(&Command::new("/none")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NoCommand);
    });
}

#[test]
fn a_dropped_wait_ends_the_container() {
    block_on(async {
        let word = token(1);
        let child = libctr::tokio::spawn(Command::new("sleep").arg(&word)).unwrap();
        assert!(timeout(SOON, child.outcome()).await.is_err());
        assert!(runs(&word), "a dropped outcome() leaves it alone");
        assert!(timeout(SOON, child.wait()).await.is_err());
        assert!(!runs(&word));

        let mut command = Command::new("sleep");
        assert!(timeout(SOON, libctr::tokio::output(command.arg(&word))).await.is_err());
        assert!(!runs(&word));
    });
}

#[test]
fn containers_are_waited_for_beside_each_other_without_a_thread() {
    block_on(async {
        let container = Container::new();
        let since = Instant::now();
        let start = |_| libctr::tokio::spawn(container.command("sleep").arg("1")).unwrap();
        let running: Vec<_> = (0..50).map(start).collect();
        let threads = fs::read_dir("/proc/self/task").unwrap().count();
        for child in running {
            assert!(child.wait().await.unwrap().success());
        }
        assert!(since.elapsed() < Duration::from_secs(20));
        assert!(threads < 20, "{threads} threads: the tests' own are among them");
    });
}

#[test]
fn pipes_are_tokios() {
    block_on(async {
        let mut child = libctr::tokio::spawn(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped())).unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"there and back").await.unwrap();
        drop(input);
        let mut text = String::new();
        child.stdout.as_mut().unwrap().read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "there and back");
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn events_are_waited_for() {
    block_on(async {
        let child = libctr::tokio::spawn(&sh("sleep 0.1; exit 4")).unwrap();
        assert!(matches!(child.next_event().await.unwrap(), Event::Started));
        match child.next_event().await.unwrap() {
            Event::Ended(outcome) => assert_eq!(outcome.ending(), Ending::Exited(4)),
            event => panic!("{event:?}"),
        }
        assert_eq!(child.next_event().await.unwrap_err().kind(), ErrorKind::Ended);
        assert_eq!(child.outcome().await.unwrap().ending(), Ending::Exited(4));
    });
}

#[test]
fn further_commands_are_waited_for() {
    block_on(async {
        let child = libctr::tokio::spawn(Command::new("sleep").arg("60")).unwrap();
        let output = libctr::tokio::output(child.get_ref().command("echo").arg("inside"))
            .await
            .unwrap();
        assert_eq!(output.stdout, b"inside\n");
        child.get_ref().kill().unwrap();
        assert_eq!(child.outcome().await.unwrap().ending(), Ending::Killed(9));
    });
}
