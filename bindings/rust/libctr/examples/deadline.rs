// SPDX-License-Identifier: MIT
//! A deadline, an end by the caller from another thread, and what a command used.

use std::thread;
use std::time::Duration;

use libctr::{Container, Ending};

fn main() -> Result<(), libctr::Error> {
    let mut container = Container::new();
    container
        .timeout(Duration::from_millis(300))
        .kill_after(Duration::from_millis(200));
    let outcome = container.command("sleep").arg("60").spawn()?.outcome()?;
    println!(
        "{:?}, after its time: {}",
        outcome.ending(),
        outcome.wall_time() >= Some(Duration::from_millis(290))
    );

    let child = Container::new().command("sleep").arg("60").spawn()?;
    let outcome = thread::scope(|scope| {
        let waiting = scope.spawn(|| child.outcome());
        child.kill()?;
        waiting.join().expect("waiting does not panic")
    })?;
    println!("{:?}", outcome.ending());
    assert_eq!(outcome.ending(), Ending::Killed(9));
    Ok(())
}
