// SPDX-License-Identifier: MIT
//! The C interface of libctr, declared as `<ctr/ctr.h>` has it. The header says what each function does; the crate
//! `libctr` is what a program uses.
//!
//! The declarations are written by hand and compared with the header by `tests/header.rs`: every function, type,
//! member and value, in both directions.

#![allow(non_camel_case_types)]

mod constants;
mod functions;
mod structs;

pub use constants::*;
pub use functions::*;
pub use structs::*;
