// SPDX-License-Identifier: MIT
//! Containers in tasks of tokio: many at once on one thread, and one that is given up.

use std::time::Duration;

use libctr::Container;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run())?;
    Ok(())
}

async fn run() -> Result<(), libctr::Error> {
    let container = Container::new();
    let start = |number: i32| {
        let mut command = container.command("sh");
        command.args(["-c", &format!("sleep 0.2; exit {number}")]);
        libctr::tokio::spawn(&command)
    };
    let running: Result<Vec<_>, _> = (0..10).map(start).collect();
    let mut sum = 0;
    for child in running? {
        sum += child.wait().await?.code().unwrap_or(-1);
    }
    println!("the sum of their statuses: {sum}");

    let mut long = container.command("sleep");
    match tokio::time::timeout(Duration::from_millis(100), libctr::tokio::status(long.arg("60"))).await {
        Ok(status) => println!("it ended: {}", status?),
        Err(_) => println!("given up, and so the container has ended"),
    }
    Ok(())
}
