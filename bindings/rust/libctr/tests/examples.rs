// SPDX-License-Identifier: MIT
//! Runs the examples and compares what they print.

use std::process::Command;

fn run(name: &str) -> String {
    let mut path = std::env::current_exe().expect("a test knows its file");
    path.pop(); // deps
    path.pop();
    let output = Command::new(path.join("examples").join(name))
        .output()
        .expect("examples are built with the tests");
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("examples print text")
}

#[test]
fn hello_says_hello() {
    assert_eq!(run("hello"), "hello from inside\n");
}

#[test]
fn capture_has_the_output_in_three_ways() {
    let expected =
        "output: \"one\\ntwo\\n\" and \"three\\n\", exit status: 3\npipe: one\npipe: two\npipe: exit status: 3\n\
                    captured: \"one\\ntwo\\nthree\\n\"\n";
    assert_eq!(run("capture"), expected);
}

#[test]
fn deadline_tells_ends_apart() {
    assert_eq!(run("deadline"), "TimedOut(Wall), after its time: true\nKilled(9)\n");
}

#[test]
fn mounts_show_what_was_asked_for() {
    assert_eq!(run("mounts"), "builder\nhello\ndata\nwritten\nkept\n");
}

#[test]
fn exec_runs_beside_the_first_command() {
    assert_eq!(
        run("exec"),
        "inside: state\na further command: exit status: 4\nthe container: exit status: 0\n"
    );
}

#[test]
fn errors_tell_their_story() {
    let said = run("errors");
    assert!(said.starts_with("exec: "), "{said}");
    assert!(
        said.contains("step mount, subject \"/nonesuch\", call ctr_add_mount Some(0)"),
        "{said}"
    );
    assert!(said.contains("hint: the source does not exist on the host"), "{said}");
    assert!(said.ends_with("as the standard library has it: NotFound\n"), "{said}");
}

#[test]
fn many_waits_without_a_thread_each() {
    assert_eq!(
        run("many"),
        "200 containers and 1 thread\nthe sum of their statuses: 9900\n"
    );
}

#[cfg(feature = "tokio-tests")]
#[test]
fn tokio_waits_in_tasks_and_gives_up() {
    assert_eq!(
        run("tokio"),
        "the sum of their statuses: 45\ngiven up, and so the container has ended\n"
    );
}
