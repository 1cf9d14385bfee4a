// SPDX-License-Identifier: MIT
//! Values of options.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use libctr::{Clock, Namespace, Resource, UNLIMITED};

/// The text before and behind the first `mark`.
pub fn split(text: &OsStr, mark: u8) -> (OsString, Option<OsString>) {
    let bytes = text.as_bytes();
    match bytes.iter().position(|byte| *byte == mark) {
        Some(at) => (owned(&bytes[..at]), Some(owned(&bytes[at + 1..]))),
        None => (text.to_owned(), None),
    }
}

pub fn owned(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// A number without a sign.
pub fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

pub fn octal(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| u32::from_str_radix(text, 8).ok())
        .flatten()
}

/// 4096, 64k, 1m, 1g
pub fn size(text: &str) -> Option<u64> {
    let unit = |letter: char| 10 * (1 + "kmg".find(letter.to_ascii_lowercase()).unwrap_or(0));
    let (digits, shift) = match text.chars().last() {
        Some(last @ ('k' | 'K' | 'm' | 'M' | 'g' | 'G')) => (&text[..text.len() - 1], unit(last)),
        _ => (text, 0),
    };
    nonempty::<u64>(digits)?.checked_mul(1 << shift)
}

/// 1, 1.5, 500ms, 2s, 3m, 1h
pub fn duration(text: &str) -> Option<Duration> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let milliseconds = match &text[end..] {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let (whole, billionths) = decimal(&text[..end])?;
    let part = u64::from(billionths) * milliseconds;
    let total = whole
        .checked_mul(milliseconds)?
        .checked_add((part + 999_999_999) / 1_000_000_000)?;
    (total <= i64::MAX as u64 / 1_000_000).then(|| Duration::from_millis(total))
}

/// A number with decimal places, as units and billionths of a unit.
fn decimal(text: &str) -> Option<(u64, u32)> {
    match text.split_once('.') {
        None => Some((nonempty(text)?, 0)),
        Some((whole, places)) if places.len() <= 9 => {
            let scale = 10_u32.pow(9 - places.len() as u32);
            Some((nonempty(whole)?, nonempty::<u32>(places)? * scale))
        }
        Some(_) => None,
    }
}

pub fn nonempty<T: std::str::FromStr>(text: &str) -> Option<T> {
    Some(text).filter(|text| !text.is_empty()).and_then(number)
}

/// Seconds that may be negative, as whole ones and nanoseconds.
pub fn seconds(text: &str) -> Option<(i64, u32)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, nanoseconds) = decimal(digits)?;
    let whole = i64::try_from(whole).ok().filter(|whole| *whole < i64::MAX)?;
    Some(match (negative, nanoseconds) {
        (false, _) => (whole, nanoseconds),
        (true, 0) => (-whole, 0),
        (true, _) => (-whole - 1, 1_000_000_000 - nanoseconds),
    })
}

/// INSIDE:OUTSIDE:COUNT
pub fn id_range(text: &str) -> Option<[u32; 3]> {
    let numbers: Option<Vec<u32>> = text.split(':').map(nonempty).collect();
    numbers?.try_into().ok()
}

pub fn namespace(name: &str) -> Option<Namespace> {
    Some(match name {
        "user" => Namespace::User,
        "mount" => Namespace::Mount,
        "pid" => Namespace::Pid,
        "net" => Namespace::Net,
        "uts" => Namespace::Uts,
        "ipc" => Namespace::Ipc,
        "cgroup" => Namespace::Cgroup,
        "time" => Namespace::Time,
        _ => return None,
    })
}

pub fn clock(name: &str) -> Option<Clock> {
    match name {
        "boottime" => Some(Clock::Boottime),
        "monotonic" => Some(Clock::Monotonic),
        _ => None,
    }
}

pub fn resource(name: &str) -> Option<Resource> {
    Some(match name {
        "as" => Resource::AddressSpace,
        "core" => Resource::Core,
        "cpu" => Resource::Cpu,
        "data" => Resource::Data,
        "fsize" => Resource::FileSize,
        "locks" => Resource::Locks,
        "memlock" => Resource::LockedMemory,
        "msgqueue" => Resource::MessageQueues,
        "nice" => Resource::Nice,
        "nofile" => Resource::OpenFiles,
        "nproc" => Resource::Processes,
        "rss" => Resource::Resident,
        "rtprio" => Resource::RealTimePriority,
        "rttime" => Resource::RealTime,
        "sigpending" => Resource::PendingSignals,
        "stack" => Resource::Stack,
        _ => return None,
    })
}

pub fn limit(text: &str) -> Option<u64> {
    match text {
        "unlimited" | "-1" => Some(UNLIMITED),
        _ => nonempty(text).filter(|limit| *limit != UNLIMITED),
    }
}

/// The absolute name of a path of the caller, by its letters only.
pub fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let mut result = PathBuf::from("/");
    for component in std::env::current_dir()?.join(path).components() {
        match component {
            Component::ParentDir => {
                result.pop();
            }
            Component::Normal(name) => result.push(name),
            _ => {}
        }
    }
    Ok(result)
}
