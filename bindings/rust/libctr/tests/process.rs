// SPDX-License-Identifier: MIT
//! Commands: words, environment, directory, streams, descriptors, statuses.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::io::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use libctr::{Command, Container, ErrorKind, Mount, Resource, Stdio};

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// A file of this test's own, in a directory of its own.
fn fresh(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("libctr-rust-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&directory); // of an earlier run
    fs::create_dir_all(&directory).expect("a temporary directory can be made");
    directory
}

#[test]
fn words_arrive_as_they_are() {
    let words = ["", "a b", "$HOME", "\n", "--", "é"];
    let output = Command::new("printf").arg("[%s]").args(words).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        words.map(|word| format!("[{word}]")).concat()
    );
}

#[test]
fn environment_is_what_was_said() {
    std::env::set_var("LIBCTR_OUTSIDE", "1");
    let output = sh("echo $A $B ${LIBCTR_OUTSIDE-absent} ${TERM:+TERM}")
        .env("A", "1")
        .envs([("B", "2"), ("A", "3")])
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"3 2 absent TERM\n");
}

#[test]
fn environment_can_be_emptied() {
    let mut container = Container::new();
    container.env("BEFORE", "1");
    let output = container
        .command("/usr/bin/env")
        .env_clear()
        .env("AFTER", "2")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"AFTER=2\n");
}

#[test]
fn a_command_overrides_its_container() {
    let mut container = Container::new();
    container.current_dir("/usr").env("A", "1").umask(0o077);
    assert_eq!(
        container
            .command("sh")
            .args(["-c", "pwd; umask; echo $A"])
            .output()
            .unwrap()
            .stdout,
        b"/usr\n0077\n1\n"
    );
    let mut command = container.command("sh");
    command
        .args(["-c", "pwd; umask; echo $A"])
        .current_dir("/")
        .umask(0o027)
        .env("A", "2");
    assert_eq!(command.output().unwrap().stdout, b"/\n0027\n2\n");
}

#[test]
fn a_command_runs_again_and_again() {
    let command = sh("exit 7");
    for _ in 0..3 {
        assert_eq!(command.status().unwrap().code(), Some(7));
    }
}

#[test]
fn statuses_are_those_of_std() {
    assert!(sh("exit 0").status().unwrap().success());
    assert_eq!(sh("exit 255").status().unwrap().code(), Some(255));
    let killed = sh("kill -TERM $$").status().unwrap();
    assert_eq!((killed.code(), killed.signal()), (None, Some(15)));
}

#[test]
fn output_of_both_streams_is_complete_however_much_it_is() {
    let script = "head -c 300000 /dev/zero; head -c 2500000 /dev/zero >&2; head -c 1 /dev/zero";
    let output = sh(script).output().unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (300_001, 2_500_000));
}

#[test]
fn output_has_no_input_unless_it_is_given() {
    assert_eq!(Command::new("cat").output().unwrap().stdout, b"");
}

#[test]
fn pipes_go_both_ways() {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(child.stderr.is_none());
    child.stdin.as_mut().unwrap().write_all(b"there").unwrap();
    drop(child.stdin.take());
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "there");
    assert!(child.wait().unwrap().success());
}

#[test]
fn waiting_closes_standard_input() {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn one_commands_output_is_anothers_input() {
    let mut first = sh("echo one; echo two").stdout(Stdio::piped()).spawn().unwrap();
    let output = Command::new("wc")
        .arg("-l")
        .stdin(first.stdout.take().unwrap())
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"2\n");
    assert!(first.wait().unwrap().success());
}

#[test]
fn captured_output_is_kept_up_to_its_limit_and_counted() {
    let mut command = sh("head -c 5000 /dev/zero; echo err >&2");
    let mut child = command
        .stdout(Stdio::captured())
        .stderr(Stdio::captured())
        .capture_limit(100)
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    let captured = child.captured(1).unwrap();
    assert_eq!((captured.data, captured.seen), (vec![0; 100], 5000));
    assert_eq!(child.captured(2).unwrap().data, b"err\n");
    assert_eq!(child.captured(0).unwrap_err().kind(), ErrorKind::Invalid);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stdout.len(), output.stderr), (100, b"err\n".to_vec()));
}

#[test]
fn files_are_opened_emptied_and_appended_to() {
    let directory = fresh("files");
    let (input, output) = (directory.join("in"), directory.join("out"));
    fs::write(&input, "from a file\n").unwrap();
    fs::write(&output, "long gone and longer than what comes\n").unwrap();
    let mut command = Command::new("cat");
    assert!(command
        .stdin(Stdio::file(&input))
        .stdout(Stdio::file(&output))
        .status()
        .unwrap()
        .success());
    assert!(sh("echo more; echo error >&2")
        .stdout(Stdio::append(&output))
        .stderr(Stdio::merged())
        .status()
        .unwrap()
        .success());
    assert_eq!(fs::read_to_string(&output).unwrap(), "from a file\nmore\nerror\n");
    let error = command.stdin(Stdio::file(directory.join("none"))).status().unwrap_err();
    assert_eq!(
        (error.kind(), error.call()),
        (ErrorKind::NotFound, "ctr_config_set_stdio_file")
    );
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn passed_descriptors_enter_and_no_others() {
    let directory = fresh("descriptors");
    fs::write(directory.join("text"), "passed\n").unwrap();
    let file = File::open(directory.join("text")).unwrap();
    let output = sh("cat <&7; ls /proc/self/fd | wc -l")
        .pass_fd(&file, 7)
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"passed\n5\n"); // 0 to 2, 7, and the directory that ls reads
    let output = Command::new("cat").stdin(OwnedFd::from(file)).output().unwrap();
    assert_eq!(output.stdout, b"");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_program_can_be_a_descriptor() {
    let file = File::open("/bin/echo").unwrap();
    assert_eq!(
        Command::new("anything")
            .program_fd(&file)
            .arg("by fd")
            .output()
            .unwrap()
            .stdout,
        b"by fd\n"
    );
}

#[test]
fn limits_and_identity_are_the_commands() {
    let mut command = sh("ulimit -n; id -u; id -g");
    let output = command.limit(Resource::OpenFiles, 77, 88).user("5:6").output().unwrap();
    assert_eq!(output.stdout, b"77\n5\n6\n");
}

#[test]
fn limits_of_the_container_hold() {
    let mut container = Container::new();
    container
        .nice(19)
        .oom_score_adj(700)
        .cpu_affinity("0")
        .capability_profile("contained")
        .inherit_keyring(false);
    let script = "nice; cat /proc/self/oom_score_adj; nproc";
    assert_eq!(
        container.command("sh").args(["-c", script]).output().unwrap().stdout,
        b"19\n700\n1\n"
    );
    let wrong = container.pids_limit(u64::MAX).command("true").status().unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.call()),
        (ErrorKind::Invalid, "ctr_config_set_pids_limit")
    );
}

#[test]
fn mounts_are_of_every_kind() {
    let directory = fresh("mounts");
    fs::write(directory.join("text"), "of the host\n").unwrap();
    let mut container = Container::new();
    container
        .bind_read_only(&directory, "/mnt")
        .mount(Mount::bind_fd(File::open(&directory).unwrap(), "/opt").no_exec())
        .mount(Mount::tmpfs("/tmp").options("size=64k"))
        .mount(Mount::bind("/nonexistent", "/tmp/none").optional())
        .file("/tmp/file", "content\n", 0o640)
        .symlink("file", "/tmp/link")
        .dir("/tmp/a/b", 0o700)
        .device_at("/dev/null", "/tmp/null");
    let script = "cat /mnt/text /tmp/link; stat -c %a /tmp/file /tmp/a/b; echo x >/tmp/null; touch /mnt/x || touch /opt/y; ls /opt";
    let output = container.command("sh").args(["-c", script]).output().unwrap();
    let expected = "of the host\ncontent\n640\n700\ntext\ny\n";
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_terminal_is_one_inside() {
    let child = sh("stty size; test -t 0 && test -t 2 && exit 3")
        .terminal(11, 22)
        .spawn()
        .unwrap();
    assert!(child.terminal().is_some());
    child.resize(12, 24).unwrap();
    assert_eq!(child.outcome().unwrap().status().code(), Some(3));
    assert!(sh("exit 0").spawn().unwrap().terminal().is_none());
}

#[test]
fn system_calls_are_filtered() {
    let json = r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}"#;
    let mut container = Container::new();
    container.seccomp_json(json);
    let output = container.command("mkdir").arg("/tmp/x").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("not implemented"));
    let child = container.command("sleep").arg("60").seccomp("strict").spawn().unwrap();
    assert!(child.seccomp_fd().is_none());
    let wrong = container.command("true").seccomp_bpf(vec![0; 3]).status().unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.call()),
        (ErrorKind::Invalid, "ctr_config_set_seccomp_bpf")
    );
    let wrong = container.command("true").seccomp("none").status().unwrap_err();
    assert_eq!(
        (wrong.kind(), wrong.call()),
        (ErrorKind::Invalid, "ctr_config_set_seccomp")
    );
}

#[test]
fn explaining_runs_nothing() {
    let directory = fresh("explain");
    let mut container = Container::new();
    container.bind(&directory, "/mnt");
    let mut command = container.command("touch");
    command.arg("/mnt/ran");
    assert!(command.explain().unwrap().contains("/mnt"));
    assert!(command.explain_json().unwrap().starts_with('{'));
    assert!(!directory.join("ran").exists());
    fs::remove_dir_all(directory).unwrap();
}
