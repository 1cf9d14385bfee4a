// SPDX-License-Identifier: MIT
//! What Rust programs do with a system.

/// The sum of squares, by threads.
///
/// ```
/// assert_eq!(workload::squares(4), 0 + 1 + 4 + 9);
/// ```
pub fn squares(count: u64) -> u64 {
    let workers: Vec<_> = (0..count).map(|n| std::thread::spawn(move || n * n)).collect();
    workers.into_iter().map(|worker| worker.join().unwrap()).sum()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::sync::{mpsc, Arc, Condvar, Mutex};
    use std::time::Duration;
    use std::{env, fs, panic, thread};

    #[test]
    fn threads_add_up() {
        assert_eq!(super::squares(64), 85344);
    }

    #[test]
    fn channels_and_conditions_wake() {
        let (sender, receiver) = mpsc::channel();
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let other = pair.clone();
        thread::spawn(move || {
            *other.0.lock().unwrap() = true;
            other.1.notify_all();
            sender.send(7).unwrap();
        });
        let ready = pair.1.wait_while(pair.0.lock().unwrap(), |ready| !*ready).unwrap();
        assert!(*ready);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(7));
    }

    #[test]
    fn processes_are_run_and_killed() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"words").unwrap();
        assert_eq!(child.wait_with_output().unwrap().stdout, b"words");
        let mut sleeper = Command::new("sleep").arg0("sleeper").arg("100").spawn().unwrap();
        sleeper.kill().unwrap();
        assert!(!sleeper.wait().unwrap().success());
        assert!(Command::new("/no/such/program").spawn().is_err());
    }

    #[test]
    fn sockets_carry_words() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = thread::spawn(move || TcpStream::connect(address).unwrap().write_all(b"words").unwrap());
        let mut said = String::new();
        listener.accept().unwrap().0.read_to_string(&mut said).unwrap();
        client.join().unwrap();
        assert_eq!(said, "words");
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        datagrams.send_to(b"x", datagrams.local_addr().unwrap()).unwrap();
        assert_eq!(datagrams.recv(&mut [0; 4]).unwrap(), 1);
        assert!(UnixStream::pair().is_ok());
    }

    #[test]
    fn files_are_made_and_removed() {
        let place = env::temp_dir().join(format!("workload-{}", std::process::id()));
        fs::create_dir_all(place.join("a/b")).unwrap();
        fs::write(place.join("a/b/c"), "words").unwrap();
        fs::rename(place.join("a/b/c"), place.join("d")).unwrap();
        assert_eq!(fs::read_to_string(place.join("d")).unwrap(), "words");
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn panics_are_caught_with_a_backtrace() {
        assert!(panic::catch_unwind(|| panic!("on purpose")).is_err());
    }

    #[test]
    #[should_panic]
    fn panics_end_a_test() {
        panic!("on purpose");
    }
}
