// SPDX-License-Identifier: MIT
//! Errors: each wrong input is told by its call, nothing is started, and the story survives conversions.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use libctr::{Command, Container, Error, ErrorKind, Map, Mount, Namespace, Stdio};

#[test]
fn a_missing_command_is_no_exit_status() {
    let error = Command::new("no-such-command-at-all").status().unwrap_err();
    assert_eq!((error.kind(), error.step()), (ErrorKind::NoCommand, "exec"));
    assert_eq!(error.call(), "ctr_config_set_command");
}

#[test]
fn a_file_that_is_no_program_is_told() {
    assert_eq!(
        Command::new("/etc/passwd").status().unwrap_err().kind(),
        ErrorKind::NotExecutable
    );
}

#[test]
fn an_error_names_the_call_and_its_index() {
    let mut container = Container::new();
    container
        .bind("/usr", "/mnt")
        .mount(Mount::bind("/nonexistent", "/opt"));
    let error = container.command("true").status().unwrap_err();
    assert_eq!(
        (error.kind(), error.call(), error.index()),
        (ErrorKind::NotFound, "ctr_add_mount", Some(1))
    );
    assert_eq!((error.errno(), error.subject()), (Some(2), OsStr::new("/nonexistent")));
    assert!(!error.hint().is_empty());
    assert!(error.to_json().contains("\"code_name\":\"not_found\""));
    assert!(error.to_string().contains("No such file or directory"), "{error}");
}

#[test]
fn a_subject_may_be_no_text() {
    let path = OsStr::from_bytes(b"/none\xff");
    assert_eq!(
        Container::new()
            .rootfs(path)
            .command("true")
            .status()
            .unwrap_err()
            .subject(),
        path
    );
}

#[test]
fn nul_bytes_are_refused_everywhere_before_anything_starts() {
    let nul = "a\0b";
    let commands: [(&str, Command); 6] = [
        ("ctr_config_set_command", Command::new(nul)),
        (
            "ctr_config_set_hostname",
            Container::new().hostname(nul).command("true"),
        ),
        ("ctr_add_mount", Container::new().bind("/usr", nul).command("true")),
        ("ctr_config_add_env", Container::new().env("A", nul).command("true")),
        (
            "ctr_config_add_symlink",
            Container::new().symlink("x", nul).command("true"),
        ),
        (
            "ctr_config_set_id_helpers",
            Container::new().id_helpers(Some(nul.as_ref()), None).command("true"),
        ),
    ];
    for (call, command) in commands {
        let error = command.status().unwrap_err();
        assert_eq!(
            (error.kind(), error.call(), error.subject()),
            (ErrorKind::Invalid, call, OsStr::new(nul))
        );
    }
    let error = Command::new("true").stdout(Stdio::file(nul)).status().unwrap_err();
    assert_eq!(
        (error.kind(), error.call()),
        (ErrorKind::Invalid, "ctr_config_set_stdio_file")
    );
}

#[test]
fn wrong_values_are_the_librarys_to_refuse() {
    let wrong = [
        (
            "ctr_config_set_hostname",
            Container::new().hostname("h".repeat(65)).command("true"),
        ),
        (
            "ctr_config_set_cwd",
            Container::new().current_dir("relative").command("true"),
        ),
        ("ctr_config_set_umask", Container::new().umask(0o1777).command("true")),
        (
            "ctr_config_set_namespace",
            Container::new().share_namespace(Namespace::User).command("true"),
        ),
        (
            "ctr_config_add_uid_range",
            Container::new().uid_range(0, 0, 0).command("true"),
        ),
    ];
    for (call, command) in wrong {
        let error = command.status().unwrap_err();
        assert_eq!((error.kind(), error.call()), (ErrorKind::Invalid, call), "{error}");
    }
}

#[test]
fn what_makes_a_container_is_not_of_a_further_command() {
    let child = Container::new()
        .map(Map::Single)
        .command("sleep")
        .arg("30")
        .spawn()
        .unwrap();
    let error = child.command("true").terminal(1, 1).status();
    // Only methods of a `Command` can be called: of these the terminal may be one that the library refuses.
    assert!(error.map_or_else(|error| error.kind() == ErrorKind::Invalid, |status| status.success()));
    child.kill().unwrap();
    child.outcome().unwrap();
    assert_eq!(child.command("true").status().unwrap_err().kind(), ErrorKind::Ended);
}

#[test]
fn an_io_error_keeps_the_story() {
    let error: io::Error = Command::new("/none").status().unwrap_err().into();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let story = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
        .expect("the story is inside");
    assert_eq!(story.kind(), ErrorKind::NoCommand);
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Container>();
    check::<Command>();
    check::<libctr::Child>();
    check::<Error>();
    check::<Mount>();
    check::<Stdio>();
    check::<libctr::Outcome>();
}
