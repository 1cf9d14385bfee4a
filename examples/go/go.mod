// SPDX-License-Identifier: MIT
module examples

go 1.19

require libctr/ctr v0.0.0

replace libctr/ctr => ../../bindings/go
