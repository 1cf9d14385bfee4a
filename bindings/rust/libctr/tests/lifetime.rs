// SPDX-License-Identifier: MIT
//! How containers end: by themselves, by deadlines, by signals, by a drop; and what can be asked meanwhile.

use std::fs;
use std::os::unix::io::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libctr::{Command, Container, Deadline, Ending, ErrorKind, Event, Leftovers, State, Stdio};

/// A number of seconds that no other sleep has: it identifies a process.
fn token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}{:03}",
        50_000 + std::process::id() % 10_000,
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Whether a process runs on this machine that has this word.
fn runs(word: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("there is a /proc").filter_map(Result::ok);
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .into_iter()
        .any(|line| line.split(|byte| *byte == 0).any(|other| other == word.as_bytes()))
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn dropping_kills_everything() {
    let word = token();
    let child = Command::new("sh")
        .args(["-c", &format!("sleep {word} & sleep {word}")])
        .spawn()
        .unwrap();
    eventually("it runs", || runs(&word));
    drop(child);
    assert!(!runs(&word));
}

#[test]
fn dropping_kills_although_a_further_command_is_still_held() {
    let (first, further) = (token(), token());
    let child = Command::new("sleep").arg(&first).spawn().unwrap();
    let other = child.command("sleep").arg(&further).spawn().unwrap();
    eventually("both run", || runs(&first) && runs(&further));
    drop(child);
    eventually("both have ended", || !runs(&first) && !runs(&further));
    assert_ne!(other.outcome().unwrap().ending(), Ending::Exited(0));
}

#[test]
fn dropping_a_further_command_kills_it_alone() {
    let (first, further) = (token(), token());
    let child = Command::new("sleep").arg(&first).spawn().unwrap();
    let other = child.command("sleep").arg(&further).spawn().unwrap();
    eventually("both run", || runs(&first) && runs(&further));
    drop(other);
    eventually("it has ended", || !runs(&further));
    assert!(runs(&first) && child.try_wait().unwrap().is_none());
}

#[test]
fn a_detached_container_lives_on() {
    let word = token();
    let child = Container::new()
        .timeout(Duration::from_secs(2))
        .command("sleep")
        .arg(&word)
        .spawn()
        .unwrap();
    eventually("it runs", || runs(&word)); // exec has its words a moment later than its success
    child.detach();
    assert!(runs(&word));
    eventually("its deadline ends it", || !runs(&word));
}

#[test]
fn signals_reach_the_command() {
    let mut child = Command::new("sh")
        .args(["-c", "trap 'exit 9' USR1; echo ready; while :; do sleep 0.01; done"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    child.signal(10).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(9));
    assert_eq!(child.signal(10).unwrap_err().kind(), ErrorKind::Ended);
    assert_eq!(child.signal(0).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn killing_is_told_apart_and_is_no_error_after_the_end() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    child.kill().unwrap();
    let outcome = child.outcome().unwrap();
    assert_eq!(
        (outcome.ending(), outcome.status().signal()),
        (Ending::Killed(9), Some(9))
    );
    child.kill().unwrap();
}

#[test]
fn deadlines_are_told_apart() {
    let mut timed = Container::new();
    timed.timeout(Duration::from_millis(200));
    let outcome = timed.command("sleep").arg("60").spawn().unwrap().outcome().unwrap();
    assert_eq!(
        (outcome.ending(), outcome.status().signal()),
        (Ending::TimedOut(Deadline::Wall), Some(9))
    );
    assert!(outcome.wall_time().unwrap() >= Duration::from_millis(190));

    let mut spinning = Container::new();
    spinning
        .cpu_timeout(Duration::from_millis(200))
        .timeout(Duration::from_secs(30));
    let outcome = spinning
        .command("sh")
        .args(["-c", "while :; do :; done"])
        .spawn()
        .unwrap()
        .outcome()
        .unwrap();
    assert_eq!(outcome.ending(), Ending::TimedOut(Deadline::Cpu));

    let mut command = Command::new("sleep");
    command
        .arg("60")
        .stdout(Stdio::captured())
        .silence_timeout(Duration::from_millis(200));
    assert_eq!(
        command.spawn().unwrap().outcome().unwrap().ending(),
        Ending::TimedOut(Deadline::Silence)
    );
}

#[test]
fn waiting_has_an_end_and_kills_nothing() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    assert!(child.outcome_within(Duration::from_millis(50)).unwrap().is_none());
    assert!(child.try_wait().unwrap().is_none());
}

#[test]
fn an_end_can_be_asked_for_again() {
    let mut child = Command::new("sh").args(["-c", "exit 5"]).spawn().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(5));
    let outcome = child.outcome().unwrap();
    assert!(outcome.peak_memory().unwrap() > 0 && outcome.user_time().is_some() && outcome.system_time().is_some());
}

#[test]
fn several_threads_use_one_child() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    thread::scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(|| child.outcome().unwrap().ending()));
        thread::sleep(Duration::from_millis(50));
        child.signal(15).unwrap();
        waiting
            .into_iter()
            .for_each(|thread| assert_eq!(thread.join().unwrap(), Ending::Signaled(15)));
    });
}

#[test]
fn several_threads_start_from_one_container() {
    let container = Container::new();
    thread::scope(|scope| {
        for number in 0..8 {
            let container = &container;
            scope.spawn(move || {
                for round in 0..5 {
                    let mut command = container.command("sh");
                    let output = command
                        .args(["-c", &format!("echo {number}; exit {round}")])
                        .output()
                        .unwrap();
                    assert_eq!(output.stdout, format!("{number}\n").as_bytes());
                    assert_eq!(output.status.code(), Some(round));
                }
            });
        }
    });
}

#[test]
fn events_come_in_order() {
    let child = Command::new("sh")
        .args(["-c", "kill -STOP $$; sleep 0.3; exit 3"])
        .spawn()
        .unwrap();
    assert_ne!(child.event_fd().as_raw_fd(), child.as_fd().as_raw_fd());
    let mut seen = Vec::new();
    loop {
        match child.next_event().unwrap() {
            Some(Event::Stopped(signal)) => {
                seen.push(format!("stopped {signal}"));
                child.signal(18).unwrap();
            }
            Some(Event::Ended(outcome)) => break seen.push(format!("{:?}", outcome.ending())),
            Some(event) => seen.push(format!("{event:?}")),
            None => thread::sleep(Duration::from_millis(2)),
        }
    }
    assert_eq!(seen, ["Started", "stopped 19", "Continued", "Exited(3)"]);
    assert_eq!(child.next_event().unwrap_err().kind(), ErrorKind::Ended);
}

#[test]
fn a_start_can_be_given_up() {
    let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = Command::new("true");
    command.cancel_on(&reader);
    assert!(command.status().unwrap().success());
    drop(writer);
    assert_eq!(command.status().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn leftovers_can_be_waited_for() {
    let mut container = Container::new();
    container.leftovers(Leftovers::Wait);
    let since = Instant::now();
    let mut command = container.command("sh");
    assert!(command
        .args(["-c", "sleep 0.3 >/dev/null 2>&1 &"])
        .status()
        .unwrap()
        .success());
    assert!(since.elapsed() >= Duration::from_millis(290));
}

#[test]
fn what_is_in_force_can_be_read_back() {
    let mut child = Container::new().hostname("box").command("true").spawn().unwrap();
    assert!(child.report().starts_with('{'));
    assert!(child.notices().all(|notice| !notice.is_empty()));
    assert!(format!("{child:?}").contains("pidfd"));
    child.wait().unwrap();
}

#[test]
fn the_running_librarys_version_is_told() {
    assert!(libctr::version().starts_with("0."), "{}", libctr::version());
}

#[test]
fn a_pause_stops_every_process() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    assert_eq!(child.info().unwrap().state(), State::Running);
    child.pause().unwrap();
    assert_eq!(child.info().unwrap().state(), State::Paused);
    child.resume().unwrap();
    assert_eq!(child.info().unwrap().state(), State::Running);
    child.kill().unwrap();
    child.outcome().unwrap();
    assert_eq!(child.pause().unwrap_err().kind(), ErrorKind::Ended);
}
