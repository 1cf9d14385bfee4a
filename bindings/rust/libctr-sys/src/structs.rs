// SPDX-License-Identifier: MIT
//! Handles and structures. `INIT` is what the header's macro of that name gives: the size, and zeros.

use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::ptr::null;

/// What makes a handle one that is only ever seen behind a pointer.
type Opaque = PhantomData<(*mut u8, PhantomPinned)>;

#[repr(C)]
pub struct ctr_config {
    _opaque: [u8; 0],
    _marker: Opaque,
}

#[repr(C)]
pub struct ctr_container {
    _opaque: [u8; 0],
    _marker: Opaque,
}

#[repr(C)]
pub struct ctr_error {
    _opaque: [u8; 0],
    _marker: Opaque,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ctr_result {
    pub size: u32,
    pub kind: u32,
    pub code: i32,
    pub flags: u32,
    pub wall_ns: u64,
    pub user_ns: u64,
    pub system_ns: u64,
    pub peak_memory: u64,
    pub wall_source: u32,
    pub cpu_source: u32,
    pub memory_source: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ctr_fd_pair {
    pub host_fd: c_int,
    pub inside_fd: c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ctr_spawn_options {
    pub size: u32,
    pub cancel_fd: i32,
    pub argv: *const *const c_char,
    pub env: *const *const c_char,
    pub cwd: *const c_char,
    pub stdio: *const c_int,
    pub fds: *const ctr_fd_pair,
    pub fd_count: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ctr_event {
    pub size: u32,
    pub kind: u32,
    pub code: i32,
    pub result_kind: u32,
    pub wall_ns: u64,
    pub user_ns: u64,
    pub system_ns: u64,
    pub peak_memory: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ctr_output {
    pub size: u32,
    pub reserved: u32,
    pub copied: u64,
    pub stored: u64,
    pub seen: u64,
    pub first: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ctr_info {
    pub size: u32,
    pub state: u32,
    pub pause_method: u32,
    pub pid: i32,
    pub created_ns: u64,
    pub ended_ns: u64,
    pub name_flags: u64,
    pub reserved: u64,
}

impl ctr_result {
    pub const INIT: Self = Self {
        size: size_of::<Self>() as u32,
        kind: 0,
        code: 0,
        flags: 0,
        wall_ns: 0,
        user_ns: 0,
        system_ns: 0,
        peak_memory: 0,
        wall_source: 0,
        cpu_source: 0,
        memory_source: 0,
        reserved: 0,
    };
}

impl ctr_spawn_options {
    pub const INIT: Self = Self {
        size: size_of::<Self>() as u32,
        cancel_fd: 0,
        argv: null(),
        env: null(),
        cwd: null(),
        stdio: null(),
        fds: null(),
        fd_count: 0,
        reserved: 0,
    };
}

impl ctr_event {
    pub const INIT: Self = Self {
        size: size_of::<Self>() as u32,
        kind: 0,
        code: 0,
        result_kind: 0,
        wall_ns: 0,
        user_ns: 0,
        system_ns: 0,
        peak_memory: 0,
    };
}

impl ctr_output {
    pub const INIT: Self = Self {
        size: size_of::<Self>() as u32,
        reserved: 0,
        copied: 0,
        stored: 0,
        seen: 0,
        first: 0,
    };
}

impl ctr_info {
    pub const INIT: Self = Self {
        size: size_of::<Self>() as u32,
        state: 0,
        pause_method: 0,
        pid: 0,
        created_ns: 0,
        ended_ns: 0,
        name_flags: 0,
        reserved: 0,
    };
}
