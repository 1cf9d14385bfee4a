// SPDX-License-Identifier: MIT
//! --volume, --mount, --tmpfs and their siblings.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libctr::Mount;

use crate::apply::read_file;
use crate::options::Use;
use crate::problem::Problem;
use crate::setup::Setup;
use crate::values::{absolute, octal, owned, split};

type Done = Result<(), Problem>;

/// Changes a bind as a word says.
fn bind_word(mount: Mount, word: &OsStr) -> Option<Mount> {
    Some(match word.to_str()? {
        "ro" | "readonly" => mount.read_only(),
        "rw" | "rbind" => mount,
        "bind" => mount.not_recursive(),
        "noexec" => mount.no_exec(),
        "nosuid" => mount.no_suid(),
        "nodev" => mount.no_dev(),
        "optional" => mount.optional(),
        "create" => mount.create(),
        "nofollow" => mount.no_follow(),
        _ => return None,
    })
}

/// The flags that a file system of its own has: what it starts with, and what words add or take.
struct Flags {
    read_only: bool,
    no_suid: bool,
    no_dev: bool,
    no_exec: bool,
    no_atime: bool,
}

type Change = fn(Mount) -> Mount;

impl Flags {
    fn of(kind: &str) -> Self {
        let (no_dev, no_exec) = (kind != "devpts", kind != "tmpfs");
        Self {
            read_only: false,
            no_suid: true,
            no_dev,
            no_exec,
            no_atime: false,
        }
    }

    fn change(&mut self, word: &OsStr) -> Option<()> {
        match word.to_str()? {
            "ro" | "readonly" => self.read_only = true,
            "rw" => self.read_only = false,
            "noexec" => self.no_exec = true,
            "exec" => self.no_exec = false,
            "nosuid" => self.no_suid = true,
            "suid" => self.no_suid = false,
            "nodev" => self.no_dev = true,
            "dev" => self.no_dev = false,
            "noatime" => self.no_atime = true,
            _ => return None,
        }
        Some(())
    }

    fn mount(&self, kind: &str, target: &OsStr, options: &OsStr) -> Mount {
        let mount = Mount::new(kind, target);
        let mount = if options.is_empty() {
            mount
        } else {
            mount.options(options)
        };
        let changes: [(bool, Change); 5] = [
            (self.read_only, Mount::read_only),
            (self.no_suid, Mount::no_suid),
            (self.no_dev, Mount::no_dev),
            (self.no_exec, Mount::no_exec),
            (self.no_atime, Mount::no_atime),
        ];
        changes
            .iter()
            .filter(|(wanted, _)| *wanted)
            .fold(mount, |mount, (_, change)| change(mount))
    }
}

fn parts(text: &OsStr, mark: u8) -> Vec<OsString> {
    text.as_bytes().split(|byte| *byte == mark).map(owned).collect()
}

fn append(options: &mut OsString, option: &OsStr) {
    if !options.is_empty() {
        options.push(",");
    }
    options.push(option);
}

pub fn volume(setup: &mut Setup, used: &Use) -> Done {
    let parts = parts(&used.value, b':');
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty()) {
        return Err(used.bad("not a volume"));
    }
    let here = || absolute(Path::new(&parts[0])).map_err(|error| Problem::of_io(&used.label(), ".", &error));
    let target = parts.get(1).map_or_else(here, |target| Ok(target.into()))?;
    let mut mount = Mount::bind(&parts[0], target);
    for word in parts.get(2).map_or_else(Vec::new, |words| self::parts(words, b',')) {
        let bad = || used.bad(&format!("no volume: {word:?} is not an option of one"));
        mount = bind_word(mount, &word).ok_or_else(bad)?;
    }
    setup.for_call("ctr_add_mount", used).mount(mount);
    Ok(())
}

pub fn tmpfs(setup: &mut Setup, used: &Use) -> Done {
    let (target, words) = split(&used.value, b':');
    let (mut flags, mut options) = (Flags::of("tmpfs"), OsString::new());
    for word in words.map_or_else(Vec::new, |words| parts(&words, b',')) {
        if word.is_empty() {
            return Err(used.bad("not a tmpfs"));
        }
        if flags.change(&word).is_none() {
            append(&mut options, &word);
        }
    }
    setup
        .for_call("ctr_add_mount", used)
        .mount(flags.mount("tmpfs", &target, &options));
    Ok(())
}

pub fn device(setup: &mut Setup, used: &Use) -> Done {
    match &*parts(&used.value, b':') {
        [path] if !path.is_empty() => setup.for_call("ctr_config_add_device", used).device(path),
        [path, target] if !path.is_empty() && !target.is_empty() => {
            setup.for_call("ctr_config_add_device", used).device_at(path, target)
        }
        _ => return Err(used.bad("not a device")),
    };
    Ok(())
}

pub fn file(setup: &mut Setup, used: &Use) -> Done {
    match split(&used.value, b'=') {
        (target, Some(source)) if !target.is_empty() && !source.is_empty() => {
            add_file(setup, used, &target, &source, None)
        }
        _ => Err(used.bad("not a file and its content")),
    }
}

fn add_file(setup: &mut Setup, used: &Use, target: &OsStr, source: &OsStr, mode: Option<u32>) -> Done {
    let (content, own_mode) = read_file(used, Path::new(source))?;
    setup
        .for_call("ctr_config_add_file", used)
        .file(target, content, mode.unwrap_or(own_mode));
    Ok(())
}

pub fn symlink(setup: &mut Setup, used: &Use) -> Done {
    match split(&used.value, b'=') {
        (path, Some(target)) if !path.is_empty() && !target.is_empty() => {
            setup.for_call("ctr_config_add_symlink", used).symlink(target, path);
            Ok(())
        }
        _ => Err(used.bad("not a link and its target")),
    }
}

pub fn dir(setup: &mut Setup, used: &Use) -> Done {
    let (path, mode) = split(&used.value, b':');
    let mode = mode.map_or(Some(0o755), |mode| {
        Some(mode)
            .filter(|mode| !mode.is_empty())
            .and_then(|mode| octal(mode.to_str()?))
    });
    let mode = mode.ok_or_else(|| used.bad("not an octal mode"))?;
    setup.for_call("ctr_config_add_dir", used).dir(path, mode);
    Ok(())
}

/// What a --mount says.
#[derive(Default)]
struct Words {
    kind: OsString,
    source: Option<OsString>,
    target: OsString,
    options: OsString,
    mode: Option<u32>,
    words: Vec<OsString>,
}

/// Comma-separated; a field in double quotes may hold commas, and a doubled quote is a quote.
fn fields(text: &OsStr) -> Option<Vec<OsString>> {
    let (mut fields, mut field, mut inside) = (Vec::new(), Vec::new(), false);
    let mut bytes = text.as_bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b',' if !inside => fields.push(owned(&std::mem::take(&mut field))),
            b'"' if inside && bytes.next_if_eq(&b'"').is_some() => field.push(b'"'),
            b'"' if inside || field.is_empty() => inside = !inside,
            _ => field.push(byte),
        }
    }
    fields.push(owned(&field));
    (!inside).then_some(fields)
}

fn take_key(words: &mut Words, key: &OsStr, value: OsString) -> Option<()> {
    let text = value.to_string_lossy().into_owned();
    match key.to_str()? {
        "type" => words.kind = value,
        "source" | "src" => words.source = Some(value),
        "target" | "dst" | "destination" => words.target = value,
        "readonly" | "ro" => words.words.push(if text.parse::<bool>().ok()? {
            "ro".into()
        } else {
            "rw".into()
        }),
        "mode" | "tmpfs-mode" => words.mode = Some(octal(&text).filter(|mode| *mode <= 0o7777)?),
        "size" | "tmpfs-size" => append(&mut words.options, format!("size={text}").as_ref()),
        "nr_inodes" => append(&mut words.options, format!("nr_inodes={text}").as_ref()),
        "options" => parts(&value, b':')
            .iter()
            .for_each(|option| append(&mut words.options, option)),
        _ => return None,
    }
    Some(())
}

pub fn mount(setup: &mut Setup, used: &Use) -> Done {
    let mut words = Words {
        kind: "bind".into(),
        ..Words::default()
    };
    for field in fields(&used.value).ok_or_else(|| used.bad("not a mount: a quotation mark is missing"))? {
        match split(&field, b'=') {
            (key, Some(value)) => take_key(&mut words, &key, value)
                .ok_or_else(|| used.bad(&format!("not a mount: {field:?} is not a key and its value")))?,
            (word, None) => words.words.push(word),
        }
    }
    if words.target.is_empty() {
        return Err(used.bad("not a mount: it has no target"));
    }
    match words.kind.to_str() {
        Some("bind") => mount_bind(setup, used, words),
        Some("cgroup") => mount_file_system(setup, used, "cgroup2", words),
        Some(kind @ ("tmpfs" | "proc" | "sysfs" | "mqueue" | "devpts" | "cgroup2")) => {
            let kind = kind.to_owned();
            mount_file_system(setup, used, &kind, words)
        }
        Some("file" | "symlink" | "dir") => mount_special(setup, used, words),
        _ => Err(used.bad("not a type of mount")),
    }
}

fn source_of<'a>(used: &Use, words: &'a Words) -> Result<&'a OsStr, Problem> {
    let source = words.source.as_deref().filter(|source| !source.is_empty());
    source.ok_or_else(|| used.bad("not a mount: it has no source"))
}

fn mount_bind(setup: &mut Setup, used: &Use, words: Words) -> Done {
    let mut mount = Mount::bind(source_of(used, &words)?, &words.target);
    for word in &words.words {
        let bad = || used.bad(&format!("not a mount: {word:?} is not an option of this type"));
        mount = bind_word(mount, word).ok_or_else(bad)?;
    }
    if words.mode.is_some() {
        return Err(used.bad("not a mount: a bind has no mode"));
    }
    let mount = if words.options.is_empty() {
        mount
    } else {
        mount.options(&words.options)
    };
    setup.for_call("ctr_add_mount", used).mount(mount);
    Ok(())
}

fn mount_file_system(setup: &mut Setup, used: &Use, kind: &str, mut words: Words) -> Done {
    let mut flags = Flags::of(kind);
    for word in &words.words {
        let bad = || used.bad(&format!("not a mount: {word:?} is not an option of this type"));
        flags.change(word).ok_or_else(bad)?;
    }
    if words.source.is_some() {
        return Err(used.bad("not a mount: this type has no source"));
    }
    if let Some(mode) = words.mode {
        append(&mut words.options, format!("mode={mode:04o}").as_ref());
    }
    setup
        .for_call("ctr_add_mount", used)
        .mount(flags.mount(kind, &words.target, &words.options));
    Ok(())
}

fn mount_special(setup: &mut Setup, used: &Use, words: Words) -> Done {
    let is_file = words.kind == "file";
    let fits = |word: &OsString| is_file && (word == "ro" || word == "readonly");
    if !words.options.is_empty() || !words.words.iter().all(fits) {
        return Err(used.bad("not a mount: an option is not one of this type"));
    }
    if is_file {
        return add_file(setup, used, &words.target, source_of(used, &words)?, words.mode);
    }
    if words.kind == "dir" && words.source.is_none() {
        setup
            .for_call("ctr_config_add_dir", used)
            .dir(&words.target, words.mode.unwrap_or(0o755));
        return Ok(());
    }
    if words.kind == "dir" || words.mode.is_some() {
        return Err(used.bad("not a mount: a key is not one of this type"));
    }
    let original = source_of(used, &words)?;
    setup
        .for_call("ctr_config_add_symlink", used)
        .symlink(original, &words.target);
    Ok(())
}
